"""Sphinx's settings; ``python start.py docs`` copies them to where it gathers the pages."""

import os

os.environ.setdefault("COLUMNS", "88")  # the width of the commands' help texts

project = "resnet_edu"
author = "the authors of resnet_edu"
copyright = "2026, the authors of resnet_edu"
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
]
exclude_patterns = ["conf.py"]

nb_execution_mode = "off"  # the committed outputs are shown
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
add_module_names = False

mathjax_path = "tex-svg.js"
copybutton_exclude = ".linenos, .gp, .go, .number"

html_theme = "furo"
html_title = "resnet_edu"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["folds.js", "outputs.js", "tables.js"]
html_domain_indices = False
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"footer_icons": [], "top_of_page_buttons": []}
pygments_style = "tango"
pygments_dark_style = "monokai"
