"""Writes the expressions of the wheel ua-parser-builtins (argument 1) as JSON: a list of uap-core, newer than npm's."""

import ast
import json
import sys
import zipfile

USER_AGENT = ["regex", "family_replacement", "v1_replacement", "v2_replacement", "v3_replacement", "v4_replacement"]
OS = ["regex", "os_replacement", "os_v1_replacement", "os_v2_replacement", "os_v3_replacement", "os_v4_replacement"]
LISTS = {"USER_AGENT_PARSERS": ("user_agent_parsers", USER_AGENT), "OS_PARSERS": ("os_parsers", OS)}

wheel = zipfile.ZipFile(sys.argv[1])
found = {"complete": True}
for node in ast.parse(wheel.read("ua_parser_builtins/regexes.py")).body:
    if isinstance(node, ast.Assign) and node.targets[0].id in LISTS:
        name, keys = LISTS[node.targets[0].id]
        rows = [dict(zip(keys, map(ast.literal_eval, call.args))) for call in node.value.elts]
        found[name] = [{k: v for k, v in row.items() if v is not None} for row in rows]
assert len(found) == 3, "the wheel has another layout than expected"
json.dump(found, sys.stdout)
