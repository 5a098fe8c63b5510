"""How much a field of the session record tells, and of whom.

Every field carries one of these four; it stands in docs/record.schema.json as `classification`.  Rule: PRIVACY-1.
"""

from msgspec import Meta

PUBLIC = Meta(extra_json_schema={"classification": "public"})  # tells of the lesson what anybody may know
INTERNAL = Meta(extra_json_schema={"classification": "internal"})  # for school and supervision, and tells of nobody
PERSONAL = Meta(extra_json_schema={"classification": "personal"})  # tells of a grown-up, as teachers are
MINOR = Meta(extra_json_schema={"classification": "minor"})  # tells of somebody who may be a child
