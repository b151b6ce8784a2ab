"""Frozen data that the stages hand on: symbolic text, spans, ARNs, facts, findings. No I/O."""
