"""A made-up city: invented figures and other combinations of the named shapes, as data alone."""

PACK = """
pack: {pool: cloudport, title: 云港市医疗保险办法, authority: 云港市医疗保障局, version: "1", in_force: 2030-01-01}
keys:
  scheme: [employee, resident]
  level: {small: 小医院, big: 大医院}
  place: {local: 市内, out_of_province: 外地}
ranks:
  level: {order: [[small], [big]]}
"""

FIGURES = """
figures:
  stay.deductible:
    label: 住院起付线
    by: [level]
    rule: SX-1
    article: 第一条
    versions:
      - {from: 2030-01-01, to: 2031-07-01, values: {small: 100元, big: 500元}}
      - {from: 2031-07-01, values: {small: 150元, big: 600元}}
  stay.bands:
    label: 住院分段比例
    by: [level]
    rule: SX-2
    article: 第二条
    from: 2030-01-01
    values:
      small: [{over: 0元, to: 1000元, ratio: 50%}, {over: 1000元, ratio: 80%}]
      big: [{over: 0元, to: 1000元, ratio: 40%}, {over: 1000元, ratio: 70%}]
  away.flat: {label: 外地未转诊比例, rule: SX-3, article: 第三条, from: 2030-01-01, value: 25%}
  away.points:
    label: 外地转诊降低
    by: [away]
    rule: SX-4
    article: 第四条
    from: 2030-01-01
    values: {home: +0个百分点, referred: -5个百分点, alone: +0个百分点}
  stay.cap: {label: 住院年度限额, rule: SX-5, article: 第五条, from: 2030-01-01, value: 3000元}
  top.ratio: {label: 补充比例, rule: SX-6, article: 第六条, from: 2030-01-01, value: 33.33%}
  second.line:
    {label: 大病起付, by: [poor], rule: SX-7, article: 第七条, from: 2030-01-01, values: {yes: 200元, no: 400元}}
  second.ratio: {label: 大病比例, rule: SX-7, article: 第七条, from: 2030-01-01, value: 60%}
  third.line: {label: 大病二次起付, rule: SX-8, article: 第八条, from: 2030-01-01, value: 1000元}
  third.ratio: {label: 大病二次比例, rule: SX-8, article: 第八条, from: 2030-01-01, value: 90%}
  share.floor: {label: 保底比例, rule: SX-9, article: 第九条, from: 2030-01-01, value: 95%}
  month.ratio: {label: 门诊比例, rule: SX-10, article: 第十条, from: 2030-01-01, value: 75%}
  month.limit:
    label: 门诊月限额
    by: [disease.slow]
    rule: SX-11
    article: 第十一条
    unit: 元
    parameter: month.limit.{disease}
    from: 2030-01-01
    values: {SX-D1: 30元, SX-D2: missing}
  pool.room: {label: 统筹限额, rule: SX-12, article: 第十二条, from: 2030-01-01, value: 100元}
  over.ratio: {label: 超限额比例, rule: SX-13, article: 第十三条, from: 2030-01-01, value: 10%}
  spa.fee: {label: 温泉定额, rule: SX-14, article: 第十四条, from: 2030-01-01, value: 20元}
"""

SETTLE = """
diseases:
  SX-D1: {class: slow, name: 甲病, aliases: [OLD-1]}
  SX-D2: {class: slow, name: 乙病}
  SX-SPA: {class: spa, name: 温泉疗养}
choices:
  away:
    cases: [{is: home, when: {place: local}}, {is: referred, when: {filing: [referred]}}, {is: alone}]
  poor:
    cases: [{is: yes, when: {any: [{tag: orphan}, {tag: margin, not: {place: out_of_province}}]}}, {is: no}]
accumulators:
  cost: {label: 费用}
  paid: {label: 住院已付}
  burden: {label: 负担}
  second: {label: 大病已付}
  "month[{disease},{month}]": {label: 月已付}
  pool: {label: 统筹已付}
  "spa[{disease}]": {label: 温泉}
articles: {SX-0: 总则, SX-15: 第十五条}
splits:
  plain: {rule: SX-0, classes: {A: whole, C: outside, B: rate}}
settle:
  default_split: plain
  refusals:
    not_in_force: {rule: SX-0, message: 未施行}
    not_covered: {rule: SX-0, message: 未参保}
    not_in_pool: {rule: SX-0, message: 没有这项待遇}
    not_in_scheme: {rule: SX-0, message: 该险种没有这项待遇}
  benefits:
    resident:
      inpatient: [{plan: spa, when: {disease: SX-SPA}}, stay]
      chronic: month
    employee:
      outpatient: room
blocks:
  layers:
    steps:
      - {shape: pay, when: {tag: large_amount}, payer: large_amount, label: 补充, of: [eligible, -basic],
         ratio: top.ratio}
      - {shape: running_two_tier, payer: catastrophic, label: 大病, of: [eligible, -basic, -large_amount],
         base: burden, threshold: second.line, ratio: second.ratio,
         second_threshold: third.line, second_ratio: third.ratio, count: second}
      - {shape: floor, when: {poor: yes}, payer: relief, label: 保底, of: eligible, ratio: share.floor,
         given: [basic, large_amount, catastrophic]}
plans:
  stay:
    label: 住院
    split: plain
    needs: level
    steps:
      - {shape: split}
      - {shape: deductible, kind: course, rank: level, of: eligible, figure: stay.deductible}
      - {shape: bands_on_cost, payer: basic, label: 统筹, of: eligible, less: deductible, base: cost,
         bands: stay.bands, points: away.points, flat: away.flat, flat_when: {away: alone},
         caps: [{figure: stay.cap, used: paid}], count: paid}
      - use: layers
  month:
    label: 门诊慢病
    split: plain
    needs: disease
    steps:
      - {shape: certified, of: slow, rule: SX-15}
      - {shape: split}
      - {shape: pay, payer: basic, label: 门诊慢病, of: eligible, ratio: month.ratio, cost_as: counted,
         limits: [{figure: month.limit, used: "month[{disease},{month}]"}], count: "month[{disease},{month}]"}
      - {shape: count, to: burden, of: [counted, -basic]}
  room:
    label: 门诊
    split: plain
    steps:
      - {shape: split}
      - {shape: pay, payer: basic, label: 门诊统筹, of: eligible, ratio: month.ratio, count: pool,
         room: {figure: pool.room, used: pool}, overflow: {payer: large_amount, label: 超限额, ratio: over.ratio}}
  spa:
    label: 温泉
    split: plain
    steps:
      - {shape: split}
      - {shape: fixed_share, payer: basic, label: 温泉, figure: spa.fee, once_by: "spa[{disease}]",
         count: "spa[{disease}]"}
"""

FILES = {"pack.yaml": PACK, "figures.yaml": FIGURES, "settle.yaml": SETTLE}
