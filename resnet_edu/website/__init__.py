"""The site: ``python -m resnet_edu.website`` builds it, and ``start.py docs`` calls that.

``staging`` gathers the pages that Sphinx reads, ``annotated`` and ``lines`` write the pages about
the source, ``reference`` those about sources and commands, and ``checking`` reads what was built.
Needs the ``docs`` extra.
"""
