// Before the first paint: the theme that the address asks for, or that this browser chose.
{ const theme = new URLSearchParams(location.search).get("theme") || localStorage.getItem("theme"); if (theme) document.documentElement.dataset.theme = theme; }
