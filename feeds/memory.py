"""How a process of its own keeps house."""

import gc


def settle_memory() -> None:
    """To be called once all is loaded: that is no garbage, and looking through it at each full collection takes a tenth of a second.

    A page of a source, or a request, makes hundreds of things that live on for a while: garbage is looked for more seldom.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
