"""Speed and memory of Karwan beside stock Rasa, in one run on one machine: `make bench`."""
