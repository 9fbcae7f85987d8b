import casework.fields
import casework.models.officer
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Transition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('matter', models.CharField(max_length=20, verbose_name='事项')),
                ('step', models.CharField(max_length=60, verbose_name='步骤')),
                ('source', models.CharField(blank=True, max_length=40, verbose_name='原状态')),
                ('target', models.CharField(max_length=40, verbose_name='新状态')),
                ('not_after', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None, verbose_name='不得同一人的步骤')),
            ],
            options={
                'verbose_name': '合法步骤',
                'verbose_name_plural': '合法步骤',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('matter', 'step', 'source'), name='transition_unique')],
            },
        ),
        migrations.CreateModel(
            name='TimeLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('matter', models.CharField(max_length=20, verbose_name='事项')),
                ('step', models.CharField(blank=True, help_text='空为整件', max_length=60, verbose_name='步骤')),
                ('region_code', models.CharField(blank=True, help_text='空为全国；最小的区划优先', max_length=6, verbose_name='区划')),
                ('valid_from', models.DateField(verbose_name='施行日期')),
                ('working_days', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(250)], verbose_name='工作日数')),
                ('article', models.CharField(max_length=200, verbose_name='依据')),
            ],
            options={
                'verbose_name': '办理时限',
                'verbose_name_plural': '办理时限',
                'ordering': ('matter', 'step', 'region_code', 'valid_from'),
                'constraints': [models.UniqueConstraint(fields=('matter', 'step', 'region_code', 'valid_from'), name='timelimit_unique'), models.CheckConstraint(condition=models.Q(('working_days__gte', 1), ('working_days__lte', 250)), name='timelimit_days')],
            },
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='名称')),
                ('value', models.BigIntegerField(default=0, verbose_name='已用到')),
            ],
            options={
                'verbose_name': '编号器',
                'verbose_name_plural': '编号器',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60, verbose_name='种类')),
                ('key', models.CharField(max_length=120, verbose_name='键')),
                ('payload', models.JSONField(blank=True, default=dict, verbose_name='参数')),
                ('state', models.CharField(choices=[('pending', '待运行'), ('running', '运行中'), ('done', '完成'), ('dead', '失败')], default='pending', max_length=10, verbose_name='状态')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='次数')),
                ('next_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='下次时间')),
                ('rung_at', models.DateTimeField(blank=True, null=True, verbose_name='上次唤起')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='租约至')),
                ('fence', models.PositiveIntegerField(default=0, verbose_name='栅栏号')),
                ('progress', models.PositiveIntegerField(default=0, verbose_name='已完成')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='总数')),
                ('message', models.CharField(blank=True, max_length=300, verbose_name='说明')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='产生时间')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='结束时间')),
            ],
            options={
                'verbose_name': '后台作业',
                'verbose_name_plural': '后台作业',
                'ordering': ('-id',),
                'permissions': [('retry_job', '重新运行')],
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['next_at'], name='job_due'), models.Index(condition=models.Q(('state', 'running')), fields=['lease_until'], name='job_leased')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='job_kind_key')],
            },
        ),
        migrations.CreateModel(
            name='Officer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('name', models.CharField(max_length=60, verbose_name='姓名')),
                ('staff_no', models.CharField(error_messages={'unique': '该工号已有账户，一人只能有一个账户。'}, help_text='一人一号，一号一账户。', max_length=20, unique=True, verbose_name='工号')),
                ('region_code', models.CharField(blank=True, help_text='如511900为全市，511902为该县（区）；空着则看不到任何件。', max_length=6, validators=[django.core.validators.RegexValidator('^[0-9]{6}$', '经办区划须为6位行政区划代码。')], verbose_name='经办区划')),
                ('institution_code', models.CharField(blank=True, help_text='认定医院的人员填写本院编号，只能看到本院的件；经办机构人员留空。', max_length=12, validators=[django.core.validators.RegexValidator('^[HP][0-9]{11}$', '机构编号应为H或P加11位数字。')], verbose_name='所属医疗机构')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': '经办人员',
                'verbose_name_plural': '经办人员',
                'ordering': ('staff_no',),
            },
            managers=[
                ('objects', casework.models.officer.OfficerManager()),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case_no', models.CharField(blank=True, db_index=True, max_length=32, verbose_name='件号')),
                ('subject', models.CharField(blank=True, help_text='不属于某一件的行为所对的人或物', max_length=80, verbose_name='对象')),
                ('matter', models.CharField(blank=True, max_length=20, verbose_name='事项')),
                ('region_code', models.CharField(blank=True, db_index=True, max_length=12, verbose_name='经办区划')),
                ('action', models.CharField(max_length=60, verbose_name='行为代码')),
                ('label', models.CharField(max_length=60, verbose_name='行为')),
                ('status_before', models.CharField(blank=True, max_length=40, verbose_name='原状态')),
                ('status_after', models.CharField(blank=True, max_length=40, verbose_name='新状态')),
                ('officer', models.ForeignKey(blank=True, help_text='空为系统', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='经办人员')),
                ('officer_name', models.CharField(max_length=60, verbose_name='经办人姓名')),
                ('at', models.DateTimeField(db_index=True, verbose_name='时间')),
                ('note', models.TextField(blank=True, verbose_name='意见')),
                ('detail', models.JSONField(blank=True, default=dict, verbose_name='明细')),
                ('recorded_at', casework.fields.ReturnedTime(editable=False, null=True, verbose_name='入库时间')),
                ('chain', casework.fields.ReturnedInteger(default=0, editable=False, verbose_name='链')),
            ],
            options={
                'verbose_name': '审计记录',
                'verbose_name_plural': '审计记录',
                'ordering': ('-id',),
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['officer', 'action', 'at'], name='audit_officer_action')],
            },
        ),
        migrations.CreateModel(
            name='AuditLink',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='link', serialize=False, to='casework.auditentry', verbose_name='审计记录')),
                ('chain', models.PositiveSmallIntegerField(verbose_name='链')),
                ('seq', models.BigIntegerField(verbose_name='链内序号')),
                ('prev_hash', models.CharField(blank=True, max_length=64, verbose_name='前一摘要')),
                ('hash', models.CharField(max_length=64, verbose_name='摘要')),
            ],
            options={
                'verbose_name': '审计链',
                'verbose_name_plural': '审计链',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('chain', 'seq'), name='audit_chain_seq')],
            },
        ),
        migrations.CreateModel(
            name='WorkDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='日期')),
                ('is_workday', models.BooleanField(verbose_name='工作日')),
                ('name', models.CharField(blank=True, help_text='如：春节、国庆节调休', max_length=40, verbose_name='说明')),
                ('provisional', models.BooleanField(default=False, help_text='国务院办公厅尚未公布', verbose_name='暂定')),
                ('edited_by', models.ForeignKey(blank=True, help_text='有改动人的日期不再被批量载入覆盖', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='改动人')),
            ],
            options={
                'verbose_name': '工作日历',
                'verbose_name_plural': '工作日历',
                'ordering': ('day',),
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case_no', models.CharField(db_index=True, max_length=32, verbose_name='件号')),
                ('kind', models.CharField(max_length=40, verbose_name='材料种类')),
                ('name', models.CharField(max_length=120, verbose_name='文件名')),
                ('sha256', models.CharField(db_index=True, max_length=64, validators=[django.core.validators.RegexValidator('^[0-9a-f]{64}$')], verbose_name='摘要')),
                ('size', models.PositiveIntegerField(verbose_name='字节数')),
                ('content_type', models.CharField(max_length=60, verbose_name='类型')),
                ('region_code', models.CharField(db_index=True, max_length=12, verbose_name='经办区划')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='上传人')),
                ('uploaded_at', models.DateTimeField(verbose_name='上传时间')),
                ('voided', models.BooleanField(default=False, verbose_name='已作废')),
                ('void_reason', models.CharField(blank=True, max_length=200, verbose_name='作废原因')),
            ],
            options={
                'verbose_name': '材料',
                'verbose_name_plural': '材料',
                'ordering': ('id',),
                'permissions': [('void_document', '作废材料')],
                'default_permissions': ('add', 'view'),
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case_no', models.CharField(db_index=True, max_length=32, verbose_name='件号')),
                ('kind', models.CharField(max_length=40, verbose_name='种类')),
                ('number', models.CharField(max_length=40, unique=True, verbose_name='文号')),
                ('title', models.CharField(max_length=120, verbose_name='标题')),
                ('body', models.JSONField(verbose_name='内容')),
                ('region_code', models.CharField(db_index=True, max_length=12, verbose_name='经办区划')),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='出具人')),
                ('issued_at', models.DateTimeField(verbose_name='出具时间')),
            ],
            options={
                'verbose_name': '告知文书',
                'verbose_name_plural': '告知文书',
                'ordering': ('-id',),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=60, verbose_name='主题')),
                ('key', models.CharField(max_length=120, verbose_name='键')),
                ('payload', models.JSONField(default=dict, verbose_name='内容')),
                ('state', models.CharField(choices=[('pending', '待投递'), ('done', '已投递'), ('dead', '投递失败')], default='pending', max_length=10, verbose_name='状态')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='次数')),
                ('next_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='下次时间')),
                ('rung_at', models.DateTimeField(blank=True, null=True, verbose_name='上次唤起')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='产生时间')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='完成时间')),
                ('message', models.CharField(blank=True, max_length=300, verbose_name='说明')),
            ],
            options={
                'verbose_name': '发件',
                'verbose_name_plural': '发件箱',
                'ordering': ('-id',),
                'permissions': [('retry_outboxmessage', '重新投递')],
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('state', 'pending')), fields=['next_at'], name='outbox_due')],
                'constraints': [models.UniqueConstraint(fields=('topic', 'key'), name='outbox_topic_key')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='casework.outboxmessage', verbose_name='发件')),
                ('subscriber', models.CharField(max_length=160, verbose_name='订阅者')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='时间')),
            ],
            options={
                'verbose_name': '投递',
                'verbose_name_plural': '投递',
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('message', 'subscriber'), name='delivery_once')],
            },
        ),
        migrations.CreateModel(
            name='PackRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True, verbose_name='摘要')),
                ('pool', models.CharField(max_length=60, verbose_name='统筹区')),
                ('version', models.CharField(max_length=60, verbose_name='版本')),
                ('path', models.CharField(max_length=200, verbose_name='路径')),
                ('text', models.TextField(verbose_name='全文')),
                ('first_used_at', models.DateTimeField(verbose_name='首次使用')),
            ],
            options={
                'verbose_name': '规则包',
                'verbose_name_plural': '规则包',
                'ordering': ('-id',),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case_no', models.CharField(db_index=True, max_length=32, verbose_name='件号')),
                ('matter', models.CharField(max_length=20, verbose_name='事项')),
                ('step', models.CharField(max_length=60, verbose_name='待办步骤')),
                ('permission', models.CharField(blank=True, max_length=120, verbose_name='所需权限')),
                ('region_code', models.CharField(max_length=12, verbose_name='经办区划')),
                ('title', models.CharField(max_length=60, verbose_name='待办')),
                ('due_on', models.DateField(blank=True, help_text='停止计时或没有规定时限时为空', null=True, verbose_name='时限')),
                ('stopped', models.BooleanField(default=False, verbose_name='停止计时')),
                ('returned', models.BooleanField(default=False, verbose_name='被退回')),
                ('barred', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name='不得办理的人员')),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to=settings.AUTH_USER_MODEL, verbose_name='领取人')),
                ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='领取时间')),
                ('opened_at', models.DateTimeField(verbose_name='产生时间')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='完成时间')),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='完成人')),
            ],
            options={
                'verbose_name': '待办',
                'verbose_name_plural': '待办',
                'ordering': ('due_on', 'id'),
                'permissions': [('reassign_task', '退回他人待办')],
                'default_permissions': ('view',),
                'indexes': [models.Index(models.F('region_code'), models.F('permission'), models.F('due_on'), condition=models.Q(('closed_at', None)), name='task_open_queue'), models.Index(models.F('assignee'), condition=models.Q(('closed_at', None)), name='task_open_assignee')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('case_no',), name='task_one_open_per_case')],
            },
        ),
    ]
