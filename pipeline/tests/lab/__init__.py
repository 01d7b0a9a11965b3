"""A test-only app: one work item model and one stage for the proofs of the machinery."""
