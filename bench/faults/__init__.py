"""Every message exactly once, whatever dies: `make faults`."""
