"""CA: what is answered from the cache of the stage."""
