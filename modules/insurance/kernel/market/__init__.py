"""The market (*mercado*): tariffs of insurers, their offers side by side, agreements on commission, coinsurance."""
