"""A test-only app: one work item model for the proofs of the machinery."""
