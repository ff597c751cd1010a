"""The sandbox's own chat server."""

import sqlalchemy as sa
from alembic import op

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counter = op.create_table(
        "sandbox_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sandbox_counter"),
    )
    op.bulk_insert(counter, [{"id": 1, "change": 0}])  # there from the start: two first writers would both insert it
    op.create_table(
        "sandbox_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sandbox_files"),
    )
    op.create_index("ix_sandbox_files_key", "sandbox_files", ["key"], unique=True)
    op.create_table(
        "sandbox_rings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("call", sa.String(length=200), nullable=False),
        sa.Column("record", sa.String(length=40), nullable=False),
        sa.Column("ringing", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sandbox_rings"),
    )
    op.create_index("ix_sandbox_rings_key", "sandbox_rings", ["key"], unique=True)
    op.create_index("ix_sandbox_rings_ringing", "sandbox_rings", ["ringing"], unique=False)
    op.create_table(
        "sandbox_rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sandbox_rooms"),
    )
    op.create_index("ix_sandbox_rooms_key", "sandbox_rooms", ["key"], unique=True)
    op.create_table(
        "sandbox_links",
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["sandbox_rooms.id"], name="fk_sandbox_links_room"),
        sa.PrimaryKeyConstraint("room", "url", name="pk_sandbox_links"),
    )
    op.create_table(
        "sandbox_members",
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["sandbox_rooms.id"], name="fk_sandbox_members_room"),
        sa.PrimaryKeyConstraint("room", "person", name="pk_sandbox_members"),
    )
    op.create_index("ix_sandbox_members_person", "sandbox_members", ["person"], unique=False)
    op.create_table(
        "sandbox_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("only_for", sa.String(length=80), nullable=True),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("mention_all", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("born", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["sandbox_rooms.id"], name="fk_sandbox_messages_room"),
        sa.PrimaryKeyConstraint("id", name="pk_sandbox_messages"),
    )
    op.create_index("ix_sandbox_messages_key", "sandbox_messages", ["key"], unique=True)
    op.create_index("ix_sandbox_messages_room_change", "sandbox_messages", ["room", "change"], unique=False)


def downgrade() -> None:
    for name in ("messages", "members", "links", "rooms", "rings", "files", "counter"):
        op.drop_table(f"sandbox_{name}")
