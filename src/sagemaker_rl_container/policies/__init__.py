"""The exported policy: its manifest, spaces and action semantics. Written by toolkits/, read by serving/."""
