"""Words to the outside (plan, 二(四), 五(三)): notices, their approval and their way out, inquiries, and duties to report.

Like every subject of the core: pure functions over values. `state` and `commands` and `events` hold the values of all of it.
"""
