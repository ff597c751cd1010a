"""Card JSON 2.0 as tables: what each component may carry (`!`: must), which words a field knows, and what may hold what."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


EVERY = "tag element_id margin"
BOX = "direction padding vertical_spacing horizontal_spacing horizontal_align vertical_align"
PRESSED = "name disabled disabled_tips confirm behaviors"
CHOSEN = "name! required type placeholder width options behaviors confirm disabled"
PICKED = "name required placeholder value width behaviors confirm disabled"

FIELDS: dict[str, str] = {
    "markdown": "content! text_align text_size icon",
    "div": "text fields icon width text_size",
    "hr": "",
    "img": "img_key! alt! title mode preview scale_type size corner_radius transparent custom_width compact_width",
    "person": "user_id! size show_avatar show_name style",
    "person_list": "persons! drop_invalid_user_id icon lines show_avatar show_name size ud_icon",
    "chart": "chart_spec! aspect_ratio color_theme height preview",
    "table": "columns! rows! page_size row_height row_max_height header_style freeze_first_column",
    "column_set": "columns! flex_mode horizontal_spacing horizontal_align background_style action",
    "column": f"elements! width weight background_style action {BOX}",
    "form": f"name! elements! {BOX}",
    "interactive_container": f"elements! behaviors! width height background_style has_border border_color corner_radius hover_tips "
    f"confirm disabled disabled_tips {BOX}",
    "collapsible_panel": f"header! elements expanded background_color border {BOX}",
    "button": f"text type size icon hover_tips form_action_type width {PRESSED}",
    "checker": f"text checked overall_checkable button_area checked_style hover_tips padding {PRESSED}",
    "input": "label label_position placeholder default_value max_length required rows auto_resize max_rows input_type show_icon "
    f"value width {PRESSED}",
    "select_static": f"{CHOSEN} initial_option initial_index",
    "multi_select_static": f"{CHOSEN} selected_values",
    "select_person": f"{CHOSEN} initial_option",
    "multi_select_person": f"{CHOSEN} selected_values",
    "date_picker": f"{PICKED} initial_date",
    "picker_time": f"{PICKED} initial_time",
    "picker_datetime": f"{PICKED} initial_datetime",
    "overflow": "options! text width value behaviors confirm",
}
SIZES = "heading heading-0 heading-1 heading-2 heading-3 normal notation large medium small"
WORDS: dict[tuple[str, str], str] = {  # component and field: what may stand there
    ("markdown", "text_size"): SIZES,
    ("markdown", "text_align"): "left center right",
    ("button", "type"): "default primary danger text primary_text danger_text primary_filled danger_filled laser",
    ("button", "size"): "tiny small medium large",
    ("button", "form_action_type"): "submit reset",
    ("input", "input_type"): "text multiline_text password",
    ("input", "label_position"): "top left",
    ("column_set", "flex_mode"): "none stretch flow bisect trisect",
    **{(tag, "type"): "default text" for tag in ("select_static", "multi_select_static", "select_person", "multi_select_person")},
    **{(tag, "direction"): "vertical horizontal" for tag in ("column", "form", "interactive_container", "collapsible_panel")},
    **{(tag, "horizontal_align"): "left center right" for tag in ("column", "form", "column_set", "collapsible_panel")},
    **{(tag, "vertical_align"): "top center bottom" for tag in ("column", "form", "collapsible_panel")},
    ("img", "scale_type"): "crop_center crop_top fit_horizontal",
    ("person", "size"): "extra_small small medium large",
    ("person_list", "size"): "extra_small small medium large",
    ("person", "style"): "normal capsule",
}
BOOLEANS = _set("required disabled checked expanded preview transparent has_border show_avatar show_name overall_checkable")
CONTAINERS = frozenset(["column_set", "column", "form", "interactive_container", "collapsible_panel"])
INPUTS = _set("input select_static multi_select_static select_person multi_select_person date_picker picker_time picker_datetime checker")
TEMPLATES = _set("blue wathet turquoise green yellow orange red carmine violet purple indigo grey default")
TOP = frozenset(["schema", "config", "card_link", "header", "body", "i18n_header"])
CONFIG = _set(
    "update_multi streaming_mode streaming_config summary width_mode enable_forward enable_forward_interaction locales style "
    "use_custom_translation"
)
HEADER = _set("title subtitle text_tag_list i18n_text_tag_list template icon padding")
BODY = frozenset(["elements", *BOX.split()])
TEXT = _set("tag content i18n_content text_size text_color text_align lines icon")
TAG_COLOURS = _set("neutral blue turquoise lime orange violet indigo wathet green yellow red purple carmine")
REMOVED = frozenset(["action", "note"])
ELEMENTS_MOST, ELEMENTS_GOOD, BYTES_MOST, BYTES_GOOD, DEPTH_MOST, TABLES_MOST = 200, 180, 30 * 1024, 28 * 1024, 5, 5
