"""Cycles → findings: how sure, how bad, what speaks for and against, what somebody accepted."""
