"""Parts of pages that run in the browser: plain ES modules, served as they stand (`monitor.web.scripts`)."""
