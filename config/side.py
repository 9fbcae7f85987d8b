"""The side column: every page of every app, in the order of an office's day, as far as the officer may open it."""
from config.start import queue, url_of

# (title, icon, admin page, permission, key of the badge)
SIDE = [
    ("", [
        ("工作台", "dashboard", "admin:index", None, "total"),
    ]),
    ("手工报销", [
        ("报销件", "receipt_long", "admin:claims_claim_changelist", "claims.view_claim", "LX"),
        ("新登记", "add_circle", "admin:claims_claim_add", "claims.register_claim", None),
        ("待遇试算", "calculate", "admin:claims_claim_trial", "claims.try_claim", None),
        ("拨付批次", "payments", "admin:claims_paymentbatch_changelist", "claims.view_paymentbatch", "BF"),
        ("拨付单", "account_balance", "admin:claims_payment_changelist", "claims.view_payment", None),
        ("补支付与追回", "currency_exchange", "admin:claims_adjustment_changelist", "claims.view_adjustment", "TZ"),
    ]),
    ("门诊慢特病", [
        ("慢特病认定", "clinical_notes", "admin:chronic_certification_changelist", "chronic.view_certification", "MT"),
        ("认定申请", "note_add", "admin:chronic_certification_add", "chronic.submit_certification", None),
        ("待遇与复审", "event_repeat", "admin:chronic_entitlement_changelist", "chronic.view_entitlement", None),
        ("复审通知", "mail", "admin:chronic_reviewnotice_changelist", "chronic.view_reviewnotice", None),
        ("异议复核", "balance", "admin:chronic_objection_changelist", "chronic.view_objection", "MF"),
        ("抽查", "fact_check", "admin:chronic_spotcheck_changelist", "chronic.view_spotcheck", "MC"),
        ("待遇终止", "cancel", "admin:chronic_ending_changelist", "chronic.view_ending", "MZ"),
        ("互认", "swap_horiz", "admin:chronic_recognition_changelist", "chronic.view_recognition", "MR"),
        ("特药认定", "medication", "admin:chronic_drugcertification_changelist", "chronic.view_drugcertification",
         "MD"),
        ("两病名单", "list_alt", "admin:chronic_twodiseaselist_changelist", "chronic.view_twodiseaselist", None),
        ("病种目录", "menu_book", "admin:chronic_qualification_catalogue", "chronic.view_qualification", None),
        ("认定机构", "domain_verification", "admin:chronic_qualification_changelist", "chronic.view_qualification",
         None),
        ("认定医师", "stethoscope", "admin:chronic_doctor_changelist", "chronic.view_doctor", None),
        ("慢特病统计", "bar_chart", "admin:chronic_entitlement_statistics", "chronic.view_qualification", None),
    ]),
    ("生育", [
        ("生育待遇件", "crib", "admin:maternity_maternitycase_changelist", "maternity.view_maternitycase",
         "SY"),
        ("生育登记", "add_circle", "admin:maternity_birthevent_add", "maternity.register_maternitycase", None),
        ("生育事件", "pregnant_woman", "admin:maternity_birthevent_changelist", "maternity.view_birthevent", None),
        ("生育试算", "calculate", "admin:maternity_trial", "maternity.try_maternitycase", None),
    ]),
    ("医疗救助", [
        ("依申请救助", "volunteer_activism", "admin:relief_reliefapplication_changelist",
         "relief.view_reliefapplication", "JZ"),
        ("年度重新结算", "published_with_changes", "admin:relief_reconsideration_changelist",
         "relief.view_reconsideration", "ZS"),
        ("年度重算", "update", "admin:relief_recompute_changelist", "relief.view_recompute", None),
        ("年度与支出", "bar_chart", "admin:claims_yearclosing_changelist", "claims.view_yearclosing", None),
    ]),
    ("名单交换", [
        ("交换日历", "sync_alt", "admin:relief_push_calendar", "relief.view_push", None),
        ("接近推送标准", "trending_up", "admin:relief_push_near", "relief.view_push", None),
        ("推送名单", "outgoing_mail", "admin:relief_push_changelist", "relief.view_push", None),
        ("报送例外", "report", "admin:relief_pushreply_changelist", "relief.view_pushreply", None),
        ("返回名单", "move_to_inbox", "admin:relief_returnlist_changelist", "relief.view_returnlist", None),
    ]),
    ("参保", [
        ("参保登记", "how_to_reg", "admin:enrollment_register", "enrollment.handle_matter", None),
        ("参保事项", "assignment", "admin:enrollment_enrollmentcase_changelist", "enrollment.view_enrollmentcase",
         "CB"),
        ("参保人", "groups", "admin:enrollment_person_changelist", "enrollment.view_person", None),
        ("家庭户", "family_restroom", "admin:enrollment_household_changelist", "enrollment.view_household", None),
        ("参保单位", "apartment", "admin:enrollment_employer_changelist", "enrollment.view_employer", None),
        ("缴费记录", "receipt", "admin:enrollment_contribution_changelist", "enrollment.view_contribution", None),
        ("困难身份", "volunteer_activism", "admin:enrollment_hardshipidentity_changelist",
         "enrollment.view_hardshipidentity", None),
        ("异地备案", "travel_explore", "admin:enrollment_carefiling_changelist", "enrollment.view_carefiling", None),
        ("批量导入", "upload_file", "admin:enrollment_bulkbatch_changelist", "enrollment.view_bulkbatch", None),
        ("批量导出", "download", "admin:enrollment_bulkexport_changelist", "enrollment.view_bulkexport", None),
        ("定点医药机构", "local_hospital", "admin:enrollment_institution_changelist",
         "enrollment.view_institution", None),
        ("行政区划", "map", "admin:enrollment_region_changelist", "enrollment.view_region", None),
    ]),
    ("规则与日历", [
        ("报销材料要求", "checklist", "admin:claims_materialrequirement_changelist", "claims.view_claim", None),
        ("可报待遇", "medical_services", "admin:claims_claimbenefit_changelist", "claims.view_claim", None),
        ("申报期限", "event_busy", "admin:claims_claimdeadline_changelist", "claims.view_claim", None),
        ("不予支付情形", "block", "admin:claims_refusalground_changelist", "claims.view_claim", None),
        ("报销公示规定", "campaign", "admin:claims_claimpublication_changelist", "claims.view_claimpublication", None),
        ("生育材料要求", "checklist", "admin:maternity_maternitymaterial_changelist", "maternity.view_maternitycase",
         None),
        ("生育申领期限", "event_busy", "admin:maternity_claimperiod_changelist", "maternity.view_maternitycase", None),
        ("生育不予支付情形", "block", "admin:maternity_maternityground_changelist", "maternity.view_maternitycase",
         None),
        ("救助公示规定", "campaign", "admin:relief_publicationrule_changelist", "relief.view_publicationrule", None),
        ("参保服务事项", "list_alt", "admin:enrollment_serviceitem_changelist", "enrollment.view_serviceitem", None),
        ("交换部门", "handshake", "admin:relief_receiver_changelist", "relief.view_receiver", None),
        ("交换规定", "tune", "admin:relief_exchangerule_changelist", "relief.view_exchangerule", None),
        ("规则包", "rule", "admin:casework_packrelease_changelist", "casework.view_packrelease", None),
        ("工作日历", "calendar_month", "admin:casework_workday_changelist", "casework.view_workday", None),
        ("办理时限", "timer", "admin:casework_timelimit_changelist", "casework.view_timelimit", None),
    ]),
    ("监督与系统", [
        ("审计记录", "policy", "admin:casework_auditentry_changelist", "casework.view_auditentry", None),
        ("后台作业", "settings_suggest", "admin:casework_job_changelist", "casework.view_job", None),
        ("对外消息", "outbox", "admin:casework_outboxmessage_changelist", "casework.view_outboxmessage", None),
        ("医院接口", "api", "admin:chronic_apiclient_changelist", "chronic.view_apiclient", None),
        ("接口密钥", "key", "admin:chronic_apikey_changelist", "chronic.view_apikey", None),
        ("医院通知", "forward_to_inbox", "admin:chronic_webhookdelivery_changelist", "chronic.view_webhookdelivery",
         None),
        ("经办人员", "badge", "admin:casework_officer_changelist", "casework.view_officer", None),
        ("岗位", "admin_panel_settings", "admin:auth_group_changelist", "auth.view_group", None),
    ]),
]


def sidebar(request) -> list[dict]:
    """The side column: pages that exist and that the officer may open; one of them is lit, the most exact."""
    officer = request.user
    groups = []
    for title, items in SIDE:
        shown = [
            (name, icon, url, badge)
            for name, icon, page, permission, badge in items
            if (permission is None or officer.has_perm(permission)) and (url := url_of(page))
        ]
        if shown:
            groups.append((title, shown))
    lit = _lit(request.path, [url for _, items in groups for _, _, url, _ in items])
    return [
        {
            "title": title,
            "separator": bool(title),
            "items": [
                {
                    "title": name,
                    "icon": icon,
                    "link": url,
                    "active": url == lit,
                    "badge": _badge(request, badge),
                    "badge_variant": "primary",
                }
                for name, icon, url, badge in items
            ],
        }
        for title, items in groups
    ]


def _lit(path: str, urls: list[str]) -> str:
    """The longest address that the page's own begins with; the start page only for itself."""
    return max((url for url in urls if path == url or (url != "/" and path.startswith(url))), key=len, default="")


def _badge(request, key: str | None) -> str:
    """How many tasks wait; nothing for none."""
    return str(queue(request)[key] or "") if key else ""
