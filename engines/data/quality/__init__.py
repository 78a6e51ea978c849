"""Quality of data (*calidad de los datos*): how complete, single, valid, consistent and fresh they are."""
