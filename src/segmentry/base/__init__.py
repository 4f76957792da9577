"""What every layer may use: errors, money, the clock. Knows nothing of stores or segments."""
