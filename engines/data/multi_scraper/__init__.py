"""Multi-scraper: what may be read of a site, its addresses, the data of its pages, and what changed in them."""
