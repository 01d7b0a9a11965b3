"""The Claude engine: an analyst, a copywriter, an art director and a critic, each one typed call to a model."""
