from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# Contentless: it holds grams alone, and finds ids. Its rowid is the message's id.
SQLITE = [
    "CREATE VIRTUAL TABLE rooms_search USING fts5("
    "grams, content='', columnsize=0, detail=none, tokenize=ascii)",
    # The sweep merges as few as two segments: what was deleted from one is in the other.
    "INSERT INTO rooms_search(rooms_search, rank) VALUES ('usermerge', 2)",
]
POSTGRESQL = [
    "CREATE TABLE rooms_search (message_id bigint PRIMARY KEY, room_id bigint NOT NULL,"
    " author_id bigint NOT NULL, version smallint NOT NULL, grams tsvector NOT NULL)",
    "CREATE INDEX rooms_search_grams ON rooms_search USING gin (grams)",
]


def create_index(apps: Any, schema: Any) -> None:
    for statement in POSTGRESQL if schema.connection.vendor == "postgresql" else SQLITE:
        schema.execute(statement)


def drop_index(apps: Any, schema: Any) -> None:
    schema.execute("DROP TABLE rooms_search")


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0031_files'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchIndex',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('frequencies', models.TextField(db_default='', default='')),
                ('counted', models.PositiveIntegerField(db_default=0, default=0)),
                ('newest', models.PositiveBigIntegerField(db_default=0, default=0)),
                ('sweep', models.CharField(blank=True, choices=[('wanted', 'Wanted'), ('begun', 'Begun')], db_default='', default='', max_length=6)),
            ],
        ),
        migrations.CreateModel(
            name='SearchedRoom',
            fields=[
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='rooms.room')),
                ('indexed_number', models.PositiveBigIntegerField(db_default=0, default=0)),
                ('version', models.PositiveSmallIntegerField()),
                ('lease', models.CharField(db_default='', default='', max_length=16)),
                ('leased_until', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SearchedText',
            fields=[
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='rooms.message')),
                ('text', models.TextField()),
                ('marks', models.TextField(db_default='', default='')),
            ],
        ),
        migrations.RunPython(create_index, drop_index),
    ]
