"""The correct scheme and raw files of the small data home, with all six kinds of source."""

YEAR = 2007

SCHEME = """
year = 2007
title = "2007年试评议"
timezone = "Asia/Shanghai"
max_quarantined = 0.5

[aspects]
disclosure = { label = "信息公开", weight = 0.4 }
services = { label = "网上办事", weight = 0.6 }

[groups.department]
label = "市政府部门"
sites = 2
publish_top = 2
weights = { public = 0.2, hotline = 0.1, expert = 0.2, self_check = 0.1, daily_work = 0.2, service_audit = 0.1, superior = 0.1 }

[groups.district]
label = "区县政府"
sites = 1
publish_top = 1
weights = { public = 0.5, superior = 0.5 }

[sources.public]
label = "公众评议"
kind = "ballots"
opens = 2007-11-01
closes = 2007-12-20
levels = [ { label = "满意", points = 100 }, { label = "一般", points = 60 }, { label = "不满意", points = 0 } ]
satisfied = ["满意"]

[sources.hotline]
label = "热线评议"
kind = "ballots"
opens = 2007-11-01
closes = 2007-12-20
levels = [ { label = "满意", points = 100 }, { label = "一般", points = 60 }, { label = "不满意", points = 0 } ]
satisfied = ["满意"]

[sources.expert]
label = "专家评议"
kind = "panel"

[sources.self_check]
label = "网站自查"
kind = "claims"
indicators = [ { id = "c1", label = "公开", max = 10 }, { id = "c2", label = "办事", max = 7.5 } ]

[sources.daily_work]
label = "日常工作考查"
kind = "records"
indicators = [ { id = "d1", label = "报送", max = 20, rule = "ratio", target = 30 } ]

[sources.service_audit]
label = "网上办事核查"
kind = "audit"
item_types = { apply = "在线受理", query = "状态查询" }
approval_items_for = ["department"]

[sources.superior]
label = "上级评分"
kind = "given"
"""

BALLOTS = "ballot_id,submitted_at,voter,site,disclosure,services,overall,channel,origin,seconds\n"

GOOD = {
    "sites.csv": "site_id,group,name,aliases,url\n"
    "s01,department,市财政局,财政局|市地税局,http://s01.example/\n"
    "s02,department,市教育委员会,市教委,\n"
    "d01,district,浦东新区,,\n",
    "public/web.csv": BALLOTS
    + "b1,2007-11-05 10:00:00,13800000001,s01,满意,一般,满意,web,10.1.2.3,30\n"
    + "b2,2007-11-05 10:00:00,13800000001,s02,满意,满意,满意,web,10.1.2.3,30\n"
    + "b3,2007-11-05 10:00:00,13800000001,d01,满意,满意,满意,web,10.1.2.3,30\n",
    "hotline/calls.csv": BALLOTS
    + "h1,2007-11-06 09:00:00,13800000002,s01,满意,满意,满意,phone,,\n"
    + "h2,2007-11-06 09:00:00,13800000002,s02,一般,不满意,一般,phone,,\n",
    "expert/panel.csv": "expert_id,category,site,aspect,score,reviewed_on\n"
    "e1,学者,s01,disclosure,90,2007-11-20\n"
    "e1,学者,s02,services,80.5,2007-11-20\n",
    "self_check/claims.csv": "site,indicator,points,evidence\ns01,c1,9,http://s01.example/1\ns02,c2,7.5,\n",
    "self_check_verified/checked.csv": "site,indicator,points,verified_by,note\ns01,c1,8,王,少一项\n",
    "daily_work/records.csv": "site,indicator,month,value,recorded_by\ns01,d1,2007-11,20,李\ns02,d1,2007-11,15,李\n",
    "service_audit/items.csv": "item_id,site,name,item_type,approval,reachable,guide,form,online,forms,sheets,audited_on,auditor\n"
    "i1,s01,设立登记,apply,true,pass,fail,na,na,1,2,2007-11-20,赵\n"
    "i2,s02,办学许可,query,false,pass,pass,pass,fail,,,,\n",
    "superior/scores.csv": "site,score\ns01,88.5\ns02,77\nd01,66\n",
}
