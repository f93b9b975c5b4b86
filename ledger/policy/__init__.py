"""What a change needs, as data: the policy document, its checks and its conditions. Pure."""
