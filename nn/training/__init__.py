"""Training: `fit`, what it tells, and what a trained net predicts."""
