"""Multi-scraper at work (*lectura de sitios*): registered sources, read politely, their data held to a schema.

Nothing is read that is not declared, by whom, on which legal basis and under which terms; robots.txt is obeyed;
who reads says so; a site that refuses is left alone. What comes back is foreign and decides nothing.
"""
