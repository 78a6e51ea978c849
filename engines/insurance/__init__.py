"""Insurance mathematics (*matemática actuarial*): lives, tariffs, reserves, loss ratios."""
