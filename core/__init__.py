"""What everything stands on: settings, database, records, money, audit, events, jobs."""
