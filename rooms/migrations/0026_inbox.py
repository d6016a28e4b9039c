"""What concerns somebody in particular: mentions, the inbox, levels, keywords."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0025_site'),
    ]

    operations = [
        migrations.CreateModel(
            name='InboxItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField()),
                ('reason', models.CharField(choices=[('mention', 'Mention'), ('room', 'Mention of everyone'), ('keyword', 'Keyword'), ('direct', 'Direct message'), ('reply', 'Reply')], max_length=10)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Keyword',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=50, verbose_name='word')),
                ('key', models.CharField(editable=False, max_length=100)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddField(
            model_name='installation',
            name='room_mention_by',
            field=models.CharField(choices=[('everyone', 'Everyone in the room'), ('moderators', 'Only owners and moderators')], db_default='everyone', default='everyone', max_length=10),
        ),
        migrations.AddField(
            model_name='membership',
            name='level',
            field=models.CharField(blank=True, choices=[('all', 'Everything'), ('mentions', 'Mentions'), ('nothing', 'Nothing')], db_default='', default='', editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='membership',
            name='level_before',
            field=models.CharField(blank=True, choices=[('all', 'Everything'), ('mentions', 'Mentions'), ('nothing', 'Nothing')], db_default='', default='', editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='membership',
            name='level_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='seen_number',
            field=models.PositiveBigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='message',
            name='mentions',
            field=models.TextField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='message',
            name='mentions_room',
            field=models.CharField(blank=True, choices=[('here', '@here'), ('room', '@room')], db_default='', default='', editable=False, max_length=4),
        ),
        migrations.AddField(
            model_name='room',
            name='room_mention_by',
            field=models.CharField(blank=True, choices=[('everyone', 'Everyone in the room'), ('moderators', 'Only owners and moderators')], db_default='', default='', max_length=10, verbose_name='who may use @room'),
        ),
        migrations.AddField(
            model_name='room',
            name='wanted',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('mentions_room', 'room')), fields=['room', 'number', 'mentions_room'], name='message_addressed'),
        ),
        migrations.AddField(
            model_name='inboxitem',
            name='room',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='rooms.room'),
        ),
        migrations.AddField(
            model_name='inboxitem',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='inbox_items', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='keyword',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='keywords', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='inboxitem',
            index=models.Index(fields=['user', '-id'], name='inbox_newest'),
        ),
        migrations.AddIndex(
            model_name='inboxitem',
            index=models.Index(fields=['room', 'number'], name='inbox_message'),
        ),
        migrations.AddConstraint(
            model_name='inboxitem',
            constraint=models.UniqueConstraint(fields=('user', 'room', 'number'), name='inbox_once'),
        ),
        migrations.AddConstraint(
            model_name='keyword',
            constraint=models.UniqueConstraint(fields=('user', 'key'), name='keyword_once'),
        ),
    ]
