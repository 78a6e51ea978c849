"""Neural networks (*redes neuronales*) of a size that needs no accelerator, and imported ONNX models."""
