"""Where things are (*estadística espacial*): neighbours, clusters, regressions over a map, accumulations."""
