"""Economics (*economía*): indicators, choices, markets."""
