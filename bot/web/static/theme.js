// Before the first paint: the theme that this browser chose, if it chose one.
{ const theme = localStorage.getItem("theme"); if (theme) document.documentElement.dataset.theme = theme; }
