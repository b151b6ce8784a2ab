"""AWS CloudTrail: trails, what they record, and what they deliver."""
