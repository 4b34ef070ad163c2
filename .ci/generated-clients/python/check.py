"""Calls the server with the generated client, and holds what comes back against what was declared."""

import sys
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID

from generated import AuthenticatedClient, Client
from generated.api.default import (
    count,
    count_tree,
    describe_pet,
    echo,
    greet,
    lines,
    me,
    picture,
    sign_in,
    upload,
    use_key,
)
from generated.api.items import add_item, delete_item, list_items, read_item
from generated.models import (
    Cat,
    CountTreeResponse200,
    DescribePetResponse200,
    Dog,
    GreetBody,
    InputProblem,
    ItemInput,
    ItemInputAttributes,
    ItemOutput,
    ListItemsResponse200,
    MeResponse200,
    Missing,
    Problem,
    SignInBody,
    SignInResponse200,
    Size,
    TreeInput,
    UploadBody,
    UploadResponse200,
    UseKeyResponse200,
)
from generated.types import File, Unset

client = Client(base_url=sys.argv[1])

item_id = UUID("a3bb189e-8bf9-4888-9912-ace4e6543002")
attributes = ItemInputAttributes()
attributes["weight"] = 3
given = ItemInput(
    id=item_id,
    name="Wheel",
    price=2.5,
    size=Size.LARGE,
    tags=["old", "oak"],
    attributes=attributes,
    at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)

added = add_item.sync_detailed(client=client, body=given)
kept = added.parsed
assert isinstance(kept, ItemOutput), kept
assert (added.status_code, added.headers["x-count"]) == (201, "1")
assert (kept.id, kept.count, kept.note, kept.size) == (item_id, 1, None, Size.LARGE)
assert (kept.attributes["weight"], kept.at) == (3, given.at)

listed = list_items.sync(
    client=client, size=Size.LARGE, tag=["old", "oak"], limit=5, x_tenant="mill", theme="dark"
)
assert isinstance(listed, ListItemsResponse200), listed
assert listed.items == [kept]
assert (listed.limit, listed.tenant, listed.theme) == (5, "mill", "dark")
none = list_items.sync(client=client, tag=["new"])
assert isinstance(none, ListItemsResponse200) and none.items == [], none

assert read_item.sync(item_id, client=client) == kept
other_id = UUID("b3bb189e-8bf9-4888-9912-ace4e6543002")
missing = read_item.sync(other_id, client=client)
assert missing == Missing(id=str(other_id), similar=[str(item_id)]), missing

given.price = 0
refused = add_item.sync(client=client, body=given)
assert isinstance(refused, InputProblem), refused
assert [(issue.in_.value, issue.path) for issue in refused.errors] == [("body", ["price"])]

pets: list[tuple[Cat | Dog, str]] = [
    (Cat(kind="cat", lives=9), "has 9 lives"),
    (Dog(kind="dog", tricks=["sit", "roll"]), "can sit and roll"),
]
for pet, says in pets:
    described = describe_pet.sync(client=client, body=pet)
    assert isinstance(described, DescribePetResponse200) and described.says == says, described

counted = count_tree.sync(
    client=client, body=TreeInput(name="root", children=[TreeInput(name="leaf")])
)
assert isinstance(counted, CountTreeResponse200), counted
assert (counted.count, [child.name for child in counted.tree.children]) == (2, ["leaf"])

uploaded = upload.sync(
    client=client,
    body=UploadBody(
        picture=File(payload=BytesIO(bytes(5)), file_name="wheel.png", mime_type="image/png"),
        title="A wheel",
    ),
)
assert uploaded == UploadResponse200(name="wheel.png", size=5, title="A wheel"), uploaded

signed_in = sign_in.sync(client=client, body=SignInBody(username="ada", password="lovelace"))
assert isinstance(signed_in, SignInResponse200), signed_in
ada = AuthenticatedClient(base_url=sys.argv[1], token=signed_in.access_token)
assert me.sync(client=ada) == MeResponse200(token="token-of-ada")
stranger = AuthenticatedClient(base_url=sys.argv[1], token="", prefix="")
refusal = me.sync_detailed(client=stranger)
assert refusal.status_code == 401 and isinstance(refusal.parsed, Problem), refusal
assert refusal.parsed.code == "not_authenticated", refusal.parsed
keyed = AuthenticatedClient(base_url=sys.argv[1], token="k3y", prefix="", auth_header_name="x-key")
assert use_key.sync(client=keyed) == UseKeyResponse200(key="k3y")

assert greet.sync(client=client, body=GreetBody(name="Ada", times=2)) == "Hello Ada, Hello Ada"

echoed = echo.sync(client=client, body=File(payload=BytesIO(b"\x00\xff")))
assert isinstance(echoed, File) and echoed.payload.read() == b"\x00\xff", echoed
png = picture.sync(client=client)
assert isinstance(png, File) and png.payload.read() == b"\x89PNG", png

events = count.sync(client=client, to=2)
assert events == 'data: {"n":1}\n\ndata: {"n":2}\n\n', events
lines_sent = lines.sync_detailed(client=client)
assert lines_sent.content == b'{"n":1}\n{"n":2}\n', lines_sent

assert delete_item.sync_detailed(str(item_id), client=client).status_code == 204
assert not isinstance(kept.tags, Unset)
print("Python: every answer is what its type says")
