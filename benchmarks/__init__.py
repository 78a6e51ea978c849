"""Benchmarks (*mediciones*): is it fast enough, as ratios against a baseline in the same run?

Absolute times depend on the machine; a ratio of two things measured in turns hardly does.
`python -m benchmarks` prints them all; nothing here runs in a test.
"""
