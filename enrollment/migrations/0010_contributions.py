import casework.fields
import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '__first__'),
        ('enrollment', '0002_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountBalance',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='account', serialize=False, to='enrollment.person', verbose_name='账户所有人')),
                ('amount', casework.fields.MoneyField(default=0, verbose_name='余额')),
            ],
            options={
                'verbose_name': '个人账户余额',
                'verbose_name_plural': '个人账户余额',
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='account_never_overdrawn', violation_error_message='个人账户余额不足')],
            },
        ),
        migrations.CreateModel(
            name='Contribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scheme', models.CharField(choices=[('employee', '职工医保'), ('resident', '城乡居民医保')], max_length=10, verbose_name='险种')),
                ('kind', models.CharField(choices=[('resident_year', '居民年度保费'), ('repair', '变动等待期修复'), ('employee_month', '职工月缴费'), ('flexible_month', '灵活就业月缴费'), ('arrears', '补缴欠费'), ('make_up', '退休一次性补缴'), ('military', '军龄视同缴费'), ('maternity', '生育保险费'), ('civil_servant', '公务员医疗补助缴费'), ('large_amount', '大额医疗费用补助缴费')], max_length=20, verbose_name='缴费种类')),
                ('for_year', models.PositiveSmallIntegerField(verbose_name='所属年度')),
                ('for_month', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='所属月份')),
                ('months', models.PositiveSmallIntegerField(default=1, verbose_name='月数')),
                ('area_code', models.CharField(max_length=12, verbose_name='缴费地')),
                ('base', casework.fields.MoneyField(blank=True, null=True, verbose_name='月缴费基数')),
                ('employer_amount', casework.fields.MoneyField(default=0, verbose_name='单位缴费')),
                ('personal_amount', casework.fields.MoneyField(default=0, verbose_name='个人缴费')),
                ('subsidy_amount', casework.fields.MoneyField(default=0, verbose_name='参保资助')),
                ('fiscal_amount', casework.fields.MoneyField(default=0, verbose_name='财政补助')),
                ('late_fee', casework.fields.MoneyField(default=0, verbose_name='滞纳金')),
                ('account_credit', casework.fields.MoneyField(default=0, verbose_name='划入个人账户')),
                ('paid_on', models.DateField(verbose_name='缴费日期')),
                ('source', models.CharField(choices=[('tax_file', '税务缴费文件'), ('counter', '经办窗口'), ('employer_roster', '单位缴费名册'), ('transfer_in', '转移接续')], max_length=20, verbose_name='来源')),
                ('source_no', models.CharField(max_length=64, verbose_name='来源流水号')),
                ('reason', models.CharField(blank=True, max_length=100, verbose_name='说明')),
                ('recorded_at', models.DateTimeField(verbose_name='登记时间')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='enrollment.person', verbose_name='参保人')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='enrollment.contribution', verbose_name='冲销')),
            ],
            options={
                'verbose_name': '缴费记录',
                'verbose_name_plural': '缴费记录',
                'ordering': ['person', '-for_year', '-for_month', 'pk'],
                'permissions': [('record_contribution', '登记和冲销缴费')],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='AccountEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('credit', '按月划入'), ('transfer_in', '转移划入'), ('premium', '支付近亲属居民保费'), ('self_pay', '支付医疗费自付'), ('payout', '一次性支取'), ('reversal', '冲销')], max_length=20, verbose_name='种类')),
                ('amount', casework.fields.MoneyField(verbose_name='金额')),
                ('day', models.DateField(verbose_name='日期')),
                ('reference', models.CharField(max_length=80, verbose_name='业务流水号')),
                ('note', models.CharField(blank=True, max_length=100, verbose_name='说明')),
                ('recorded_at', models.DateTimeField(verbose_name='登记时间')),
                ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.person', verbose_name='使用人')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='account_entries', to='enrollment.person', verbose_name='账户所有人')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='enrollment.accountentry', verbose_name='冲销')),
                ('contribution', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.contribution', verbose_name='缴费记录')),
            ],
            options={
                'verbose_name': '个人账户明细',
                'verbose_name_plural': '个人账户明细',
                'ordering': ['person', '-pk'],
                'permissions': [('keep_account', '办理个人账户和家庭共济')],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='FamilyBinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='结束日期（不含）')),
                ('voided', models.BooleanField(default=False, verbose_name='已作废')),
                ('relation', models.CharField(choices=[('spouse', '配偶'), ('parent', '父母'), ('child', '子女'), ('sibling', '兄弟姐妹'), ('grandparent', '祖父母、外祖父母'), ('grandchild', '孙子女、外孙子女')], max_length=20, verbose_name='亲属关系')),
                ('end_reason', models.CharField(blank=True, max_length=100, verbose_name='终止原因')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='family_bindings', to='enrollment.person', verbose_name='账户所有人')),
                ('relative', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bound_to', to='enrollment.person', verbose_name='近亲属')),
            ],
            options={
                'verbose_name': '家庭共济绑定',
                'verbose_name_plural': '家庭共济绑定',
                'ordering': ['person', 'starts_on'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='WaitingExemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='结束日期（不含）')),
                ('voided', models.BooleanField(default=False, verbose_name='已作废')),
                ('kind', models.CharField(choices=[('ex_soldier', '退役军人'), ('released', '刑满释放人员'), ('exempt', '经认定免等待期')], max_length=20, verbose_name='免等待期类别')),
                ('basis', models.CharField(max_length=100, verbose_name='依据')),
                ('end_reason', models.CharField(blank=True, max_length=100, verbose_name='终止原因')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiting_exemptions', to='enrollment.person', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '免待遇等待期',
                'verbose_name_plural': '免待遇等待期',
                'ordering': ['person', 'starts_on'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='YearRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='年度')),
                ('source', models.CharField(choices=[('contributions', '缴费记录'), ('claims', '报销记录'), ('elsewhere', '外地或历史参保证明')], max_length=20, verbose_name='来源')),
                ('scheme', models.CharField(blank=True, choices=[('resident', '城乡居民医保'), ('employee', '职工医保'), ('none', '未参保')], max_length=10, verbose_name='参加险种')),
                ('zero_claim', models.BooleanField(default=False, verbose_name='基金零报销')),
                ('recorded_at', models.DateTimeField(verbose_name='登记时间')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='year_records', to='enrollment.person', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '年度参保记录',
                'verbose_name_plural': '年度参保记录',
                'ordering': ['person', 'year', 'source'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='BenefitWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='开始日期')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='结束日期（不含）')),
                ('voided', models.BooleanField(default=False, verbose_name='已作废')),
                ('scheme', models.CharField(choices=[('employee', '职工医保'), ('resident', '城乡居民医保')], max_length=10, verbose_name='险种')),
                ('for_year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='所属年度')),
                ('entitled', models.BooleanField(verbose_name='可享受待遇')),
                ('decides_from', models.DateField(verbose_name='自此日起依此认定')),
                ('wait_months', models.PositiveSmallIntegerField(default=0, verbose_name='等待期（月）')),
                ('rule', models.CharField(max_length=30, verbose_name='规则')),
                ('reason', models.CharField(max_length=200, verbose_name='依据')),
                ('end_rule', models.CharField(blank=True, max_length=30, verbose_name='终止规则')),
                ('end_reason', models.CharField(blank=True, max_length=100, verbose_name='终止原因')),
                ('facts', models.JSONField(verbose_name='认定所据事实')),
                ('result', models.JSONField(verbose_name='认定结果')),
                ('computed_at', models.DateTimeField(verbose_name='认定时间')),
                ('computed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='经办人')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='benefit_windows', to='enrollment.person', verbose_name='参保人')),
            ],
            options={
                'verbose_name': '待遇享受期',
                'verbose_name_plural': '待遇享受期',
                'ordering': ['person', 'starts_on', 'pk'],
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='window_ends_after_start', violation_error_message='结束日期不得早于开始日期'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('entitled', True), ('voided', False)), expressions=[(models.Func('person_id', 'person_id', models.Value('[]'), function='int8range'), '&&'), (models.Func('starts_on', 'ends_on', models.Value('[)'), function='daterange'), '&&')], name='window_one_a_day', violation_error_message='待遇享受期重叠'), models.CheckConstraint(condition=models.Q(('scheme__in', ['employee', 'resident'])), name='window_scheme_known'), models.CheckConstraint(condition=models.Q(models.Q(('for_year__isnull', False), ('scheme', 'resident')), models.Q(('for_year__isnull', True), ('scheme', 'employee')), _connector='OR'), name='window_year_of_residents')],
            },
        ),
        migrations.AddIndex(
            model_name='contribution',
            index=models.Index(fields=['person', 'for_year'], name='contribution_person_year'),
        ),
        migrations.AddConstraint(
            model_name='contribution',
            constraint=models.UniqueConstraint(condition=models.Q(('reverses__isnull', True)), fields=('source', 'source_no'), name='contribution_line_once', violation_error_message='该来源流水号已登记'),
        ),
        migrations.AddConstraint(
            model_name='contribution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('base', None), ('for_month__isnull', True), ('kind__in', ['resident_year', 'repair']), ('scheme', 'resident')), models.Q(models.Q(('kind__in', ['resident_year', 'repair']), _negated=True), ('for_month__gte', 1), ('for_month__isnull', False), ('for_month__lte', 12), ('scheme', 'employee')), _connector='OR'), name='contribution_month_given', violation_error_message='居民缴费按年度，职工缴费须有所属月份'),
        ),
        migrations.AddConstraint(
            model_name='contribution',
            constraint=models.CheckConstraint(condition=models.Q(('for_year__gte', 1980), ('for_year__lte', 2100)), name='contribution_year_range'),
        ),
        migrations.AddConstraint(
            model_name='contribution',
            constraint=models.CheckConstraint(condition=models.Q(('months__gte', 1), ('months__lte', 600)), name='contribution_months_range'),
        ),
        migrations.AddConstraint(
            model_name='contribution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('base', None), ('base__gte', 0), _connector='OR'), models.Q(('account_credit__gte', 0), ('employer_amount__gte', 0), ('fiscal_amount__gte', 0), ('late_fee__gte', 0), ('personal_amount__gte', 0), ('subsidy_amount__gte', 0)), ('reverses__isnull', True)), models.Q(models.Q(('account_credit__lte', 0), ('employer_amount__lte', 0), ('fiscal_amount__lte', 0), ('late_fee__lte', 0), ('personal_amount__lte', 0), ('subsidy_amount__lte', 0)), ('reverses__isnull', False)), _connector='OR'), name='contribution_amounts_sign', violation_error_message='缴费金额不得为负数'),
        ),
        migrations.AddConstraint(
            model_name='contribution',
            constraint=models.CheckConstraint(condition=models.Q(('source_no', ''), _negated=True), name='contribution_source_no_given', violation_error_message='请填写来源流水号'),
        ),
        migrations.AddConstraint(
            model_name='accountentry',
            constraint=models.UniqueConstraint(fields=('kind', 'reference'), name='account_reference_once', violation_error_message='该流水号已记账'),
        ),
        migrations.AddConstraint(
            model_name='accountentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('kind__in', ['credit', 'transfer_in']), ('reverses__isnull', True)), models.Q(('amount__lt', 0), ('kind__in', ['premium', 'self_pay', 'payout']), ('reverses__isnull', True)), models.Q(models.Q(('amount', 0), _negated=True), ('kind', 'reversal'), ('reverses__isnull', False)), _connector='OR'), name='account_entry_sign'),
        ),
        migrations.AddConstraint(
            model_name='familybinding',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='binding_ends_after_start', violation_error_message='结束日期不得早于开始日期'),
        ),
        migrations.AddConstraint(
            model_name='familybinding',
            constraint=models.CheckConstraint(condition=models.Q(('person', models.F('relative')), _negated=True), name='binding_not_to_oneself'),
        ),
        migrations.AddConstraint(
            model_name='familybinding',
            constraint=models.CheckConstraint(condition=models.Q(('relation__in', ['spouse', 'parent', 'child', 'sibling', 'grandparent', 'grandchild'])), name='binding_close_relative', violation_error_message='家庭共济限于近亲属'),
        ),
        migrations.AddConstraint(
            model_name='familybinding',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('voided', False)), expressions=[(models.Func('person_id', 'person_id', models.Value('[]'), function='int8range'), '&&'), (models.Func('relative_id', 'relative_id', models.Value('[]'), function='int8range'), '&&'), (models.Func('starts_on', 'ends_on', models.Value('[)'), function='daterange'), '&&')], name='binding_once_a_day', violation_error_message='该近亲属已绑定'),
        ),
        migrations.AddConstraint(
            model_name='waitingexemption',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='exemption_ends_after_start', violation_error_message='结束日期不得早于开始日期'),
        ),
        migrations.AddConstraint(
            model_name='waitingexemption',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('voided', False)), expressions=[(models.Func('person_id', 'person_id', models.Value('[]'), function='int8range'), '&&'), (models.Func('starts_on', 'ends_on', models.Value('[)'), function='daterange'), '&&')], name='exemption_once_a_day', violation_error_message='免等待期的期间重叠'),
        ),
        migrations.AddConstraint(
            model_name='yearrecord',
            constraint=models.UniqueConstraint(fields=('person', 'year', 'source'), name='year_record_once'),
        ),
        migrations.AddConstraint(
            model_name='yearrecord',
            constraint=models.CheckConstraint(condition=models.Q(('year__gte', 1980), ('year__lte', 2100)), name='year_record_range'),
        ),
        migrations.AddConstraint(
            model_name='yearrecord',
            constraint=models.CheckConstraint(condition=models.Q(('scheme__in', ['', 'resident', 'employee', 'none'])), name='year_record_scheme_known'),
        ),
    ]
