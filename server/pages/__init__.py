"""The pages that people see: each module one area, each route a view of tools and records."""
