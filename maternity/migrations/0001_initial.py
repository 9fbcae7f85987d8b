import casework.fields
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('casework', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('enrollment', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='MaternityMaterial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='施行日期')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='停用日期（不含）')),
                ('rule', models.CharField(max_length=20, verbose_name='规则')),
                ('article', models.CharField(max_length=200, verbose_name='依据')),
                ('benefit', models.CharField(blank=True, choices=[('antenatal', '产前检查费'), ('allowance', '生育津贴'), ('spouse_difference', '配偶差额')], default='', help_text='空为各项待遇', max_length=20, verbose_name='适用待遇')),
                ('code', models.CharField(max_length=20, verbose_name='材料代码')),
                ('name', models.CharField(max_length=80, verbose_name='材料名称')),
                ('original', models.BooleanField(default=False, verbose_name='须为原件')),
                ('required', models.BooleanField(default=True, verbose_name='必要材料')),
            ],
            options={
                'verbose_name': '生育材料要求',
                'verbose_name_plural': '生育材料要求',
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='maternity_material_period', violation_error_message='停用日期应晚于施行日期。'), models.UniqueConstraint(fields=('benefit', 'code', 'valid_from'), name='maternity_material_once', violation_error_message='该待遇的此项材料在这一施行日期已有一行。')],
            },
        ),
        migrations.CreateModel(
            name='ClaimPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='施行日期')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='停用日期（不含）')),
                ('rule', models.CharField(max_length=20, verbose_name='规则')),
                ('article', models.CharField(max_length=200, verbose_name='依据')),
                ('benefit', models.CharField(choices=[('antenatal', '产前检查费'), ('allowance', '生育津贴'), ('spouse_difference', '配偶差额')], max_length=20, verbose_name='待遇')),
                ('worker', models.CharField(choices=[('employer', '单位职工'), ('flexible', '灵活就业人员'), ('unemployed', '领取失业保险金人员')], max_length=12, verbose_name='适用人员')),
                ('months', models.PositiveSmallIntegerField(verbose_name='自权利产生起几个月内')),
                ('after_leave', models.BooleanField(default=True, verbose_name='津贴天数届满后方可申领')),
            ],
            options={
                'verbose_name': '生育待遇申领期限',
                'verbose_name_plural': '生育待遇申领期限',
                'ordering': ('benefit', 'worker', 'valid_from'),
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='maternity_claim_period_dates', violation_error_message='停用日期应晚于施行日期。'), models.UniqueConstraint(fields=('benefit', 'worker', 'valid_from'), name='maternity_claim_period_once', violation_error_message='该待遇、该类人员在这一施行日期已有一行。'), models.CheckConstraint(condition=models.Q(('months__gte', 1)), name='maternity_claim_period_months', violation_error_message='月数至少为1。')],
            },
        ),
        migrations.CreateModel(
            name='MaternityGround',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='施行日期')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='停用日期（不含）')),
                ('rule', models.CharField(max_length=20, verbose_name='规则')),
                ('article', models.CharField(max_length=200, verbose_name='依据')),
                ('code', models.CharField(max_length=2, verbose_name='代码')),
                ('name', models.CharField(max_length=80, verbose_name='情形')),
            ],
            options={
                'verbose_name': '生育不予支付情形',
                'verbose_name_plural': '生育不予支付情形',
                'ordering': ('code', 'valid_from'),
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='maternity_ground_period', violation_error_message='停用日期应晚于施行日期。'), models.UniqueConstraint(fields=('code', 'valid_from'), name='maternity_ground_once', violation_error_message='该代码在这一施行日期已有一行。')],
            },
        ),
        migrations.CreateModel(
            name='BirthEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mother', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='birth_events', to='enrollment.person', verbose_name='产妇')),
                ('spouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.person', verbose_name='配偶')),
                ('region_code', models.CharField(db_index=True, max_length=12, verbose_name='经办区划')),
                ('event', models.CharField(choices=[('birth', '分娩'), ('termination', '终止妊娠')], max_length=12, verbose_name='事件')),
                ('happened_on', models.DateField(verbose_name='分娩或终止妊娠日期')),
                ('mode', models.CharField(blank=True, choices=[('vaginal', '顺产'), ('difficult', '难产'), ('caesarean', '剖宫产')], max_length=12, verbose_name='分娩方式')),
                ('babies', models.PositiveSmallIntegerField(default=1, verbose_name='胎儿数')),
                ('weeks', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='孕周')),
                ('live_baby', models.BooleanField(default=False, verbose_name='终止妊娠后婴儿存活')),
                ('caesarean_operation', models.BooleanField(default=False, verbose_name='行剖宫术')),
                ('recorded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('recorded_at', models.DateTimeField(verbose_name='登记时间')),
                ('voided', models.BooleanField(default=False, verbose_name='已作废')),
            ],
            options={
                'verbose_name': '生育事件',
                'verbose_name_plural': '生育事件',
                'ordering': ('-happened_on', '-id'),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('voided', False)), fields=('mother', 'happened_on'), name='birth_event_once'), models.CheckConstraint(condition=models.Q(('mother', models.F('spouse')), _negated=True), name='birth_event_two_persons'), models.CheckConstraint(condition=models.Q(('babies__gte', 1), ('babies__lte', 20)), name='birth_event_babies'), models.CheckConstraint(condition=models.Q(models.Q(('event', 'termination'), _negated=True), ('weeks__isnull', False), _connector='OR'), name='birth_event_termination_weeks'), models.CheckConstraint(condition=models.Q(models.Q(('event', 'termination'), ('live_baby', False)), models.Q(('mode', ''), _negated=True), _connector='OR'), name='birth_event_mode_of_birth')],
            },
        ),
        migrations.CreateModel(
            name='MaternityCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case_no', models.CharField(editable=False, max_length=32, unique=True, verbose_name='件号')),
                ('region_code', models.CharField(db_index=True, max_length=12, verbose_name='经办区划')),
                ('registered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('registered_at', models.DateTimeField(editable=False, verbose_name='登记时间')),
                ('due_on', models.DateField(blank=True, editable=False, help_text='最后一个办理日', null=True, verbose_name='办理时限')),
                ('stopped_on', models.DateField(blank=True, editable=False, null=True, verbose_name='停止计时日')),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='办结时间')),
                ('returned', models.BooleanField(default=False, editable=False, verbose_name='被退回')),
                ('version', models.PositiveIntegerField(default=0, editable=False, verbose_name='版本')),
                ('status', models.CharField(choices=[('registered', '待录入'), ('supplement', '待补正'), ('entered', '待核算'), ('computed', '待初审'), ('reviewed', '待复核'), ('approved', '待拨付'), ('paying', '拨付中'), ('payment_failed', '拨付失败'), ('closed', '已办结'), ('reversed', '已冲销'), ('withdrawn', '已撤销'), ('refused', '不予支付')], db_index=True, editable=False, max_length=40, verbose_name='状态')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='maternity.birthevent', verbose_name='生育事件')),
                ('claimant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='maternity_cases', to='enrollment.person', verbose_name='待遇享受人')),
                ('applied_on', models.DateField(verbose_name='申请日期')),
                ('payee_name', models.CharField(max_length=50, verbose_name='收款户名')),
                ('payee_bank', models.CharField(max_length=100, verbose_name='收款银行')),
                ('payee_account', models.CharField(max_length=32, verbose_name='收款账号')),
                ('materials', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name='已收材料')),
                ('late_reason', models.CharField(blank=True, max_length=300, verbose_name='逾期申请原因')),
                ('late_approved_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='逾期批准人')),
                ('facts', models.JSONField(default=dict, verbose_name='录入事实')),
                ('total', casework.fields.MoneyField(blank=True, null=True, verbose_name='应付合计')),
                ('refusal_ground', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='maternity.maternityground', verbose_name='不予支付情形')),
                ('maker_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, editable=False, size=None, verbose_name='经手人员')),
                ('entered_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='录入人')),
                ('computed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='核算人')),
                ('reviewed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='初审人')),
                ('approved_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='复核人')),
                ('refused_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='不予支付决定人')),
            ],
            options={
                'verbose_name': '生育待遇件',
                'verbose_name_plural': '生育待遇件',
                'ordering': ('-id',),
                'permissions': [('register_maternitycase', '登记、录入和核算生育待遇'), ('review_maternitycase', '初审生育待遇'), ('approve_maternitycase', '复核生育待遇'), ('refuse_maternitycase', '不予支付生育待遇'), ('supervise_maternitycase', '批准逾期申请、录入政策未印明的津贴天数'), ('pay_maternitycase', '拨付生育待遇'), ('correct_maternitycase', '更正生育待遇收款账户'), ('reverse_maternitycase', '冲销生育待遇'), ('print_maternitycase', '打印生育待遇决定书和告知书'), ('try_maternitycase', '生育待遇试算')],
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reviewed_by', models.F('entered_by')), _negated=True), models.Q(('reviewed_by', models.F('computed_by')), _negated=True), models.Q(('approved_by', models.F('entered_by')), _negated=True), models.Q(('approved_by', models.F('computed_by')), _negated=True), models.Q(('approved_by', models.F('reviewed_by')), _negated=True)), name='maternity_case_other_hands', violation_error_message='前后两步不得为同一人。'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['approved', 'paying', 'payment_failed', 'closed']), _negated=True), models.Q(('approved_by__isnull', False), ('reviewed_by__isnull', False), ('total__isnull', False)), _connector='OR'), name='maternity_case_approved_by_two'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('refusal_ground__isnull', False), ('refused_by__isnull', False)), _connector='OR'), name='maternity_case_refused_on_a_ground')],
            },
        ),
        migrations.CreateModel(
            name='MaternityItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='maternity.maternitycase', verbose_name='生育待遇件')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='maternity.birthevent', verbose_name='生育事件')),
                ('kind', models.CharField(choices=[('antenatal', '产前检查费'), ('allowance', '生育津贴'), ('spouse_difference', '配偶差额')], max_length=20, verbose_name='待遇')),
                ('state', models.CharField(choices=[('asked', '待核算'), ('computed', '已核算'), ('approved', '已复核'), ('dropped', '已撤销或不予支付')], default='asked', max_length=10, verbose_name='状态')),
                ('amount', casework.fields.MoneyField(blank=True, null=True, verbose_name='金额')),
                ('request', models.JSONField(default=dict, verbose_name='核算依据')),
                ('result', models.JSONField(default=dict, verbose_name='核算结果')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='结果摘要')),
                ('release', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='casework.packrelease', verbose_name='规则包')),
            ],
            options={
                'verbose_name': '生育待遇项',
                'verbose_name_plural': '生育待遇项',
                'ordering': ('case', 'id'),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'dropped'), _negated=True), fields=('event', 'kind'), name='maternity_item_once', violation_error_message='该生育事件的此项待遇已经申请。'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['computed', 'approved']), _negated=True), models.Q(('amount__gt', 0), ('release__isnull', False)), _connector='OR'), name='maternity_item_computed_by_rules')],
            },
        ),
    ]
