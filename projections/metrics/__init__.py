"""The governance metrics: each one SQL view of observations, and how they are summed up."""
