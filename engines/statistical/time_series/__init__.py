"""Series in time (*series temporales*): models, forecasts with intervals, breaks, coherence."""
