"""Whether a policy makes sense before it judges anything: names, bounds, and who could meet it."""
