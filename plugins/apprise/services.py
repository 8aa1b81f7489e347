"""Which of Apprise's services are sent to, and how each of them connects.

Enters: the scheme of an Apprise URL. Leaves: nothing, or why that service is refused. Pure.

A service is sent to where all that it sends goes over TCP connections that Python code opens, for those
are held to the fetcher's judgement (`guard.py`). The list is closed: a service that a later Apprise brings
is refused by name until somebody has looked at how it connects, and a test says which those are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from monitor import Message

_OVER_HTTP = """
46elks apprise apprises atalk azure bark barks betterstack bluesky brevo bsky bulksms bulkvs burstsms
chanify clickatell clicksend cliq cm d7sms dapnet dingtalk discord dot eight00com elks emby embys
enigma2 enigma2s evolution evolutions exotel fcm feishu firehydrant flock flowtriq flowtriqs fluxer
fluxers form forms freemobile gchat github goalert goalerts gorush gorushs gotify gotifys groundmail
groupme guilded gupshup hassio hassios httpsms humhub humhubs ifttt ilert incidentio infobip jellyfin
jellyfins jira join json jsons kakao kakaotalk kaleyra kavenegar klr kodi kodis kook kudosity kumulos
lametric lametrics lark lauther lfg line mailersend mailgun mastodon mastodons matrix matrixs misskey
misskeys mmost mmosts mobilemessage mobilemsg msg91 msgbird ncloud nclouds nctalk nctalks nexmo notica
noticas notifiarr notifico notificos notifyre ntfy ntfys o365 octopush onebot onebots onesignal opsgenie
pagerduty pagertree parsep parseps pbul pinglet pinglets pingram pjet pjets plivo postmark pover prowl
psafer psafers push pushdeer pushdeers pushed pushme pushplus pushward pushy qq reddit resend revolt
ringc rocket rockets ryver schan sendgrid sendpulse serwersms ses session sessions seven sfr signal
signalgrid signals signl4 simplepush sinch slack smsc smseagle smseagles smsmanager smsmgr smstunnel
smtp2go sns sogs sparkpost spike splunk spugpush spush squadcast stackfield strmlabs synology synologys
telesign telnyx tgram threema toot toots trigv trigvs tweet twilio twist twitter vapid viber victorops
voipms vonage webex wechat wecom wecombot whapi whatsapp workflow workflows wpush wxpusher wxteams x
xbmc xbmcs xmatters xml xmls youlmk zalo zcliq zohocliq zoom zulip
"""

HTTP = frozenset(_OVER_HTTP.split())
"""Over `requests`, and nothing else."""

MAIL = frozenset({"mailto", "mailtos", "deltachat", "deltachats"})
"""Over `smtplib`."""

SOCKETS = frozenset({"aprs", "irc", "ircs", "nostr"})
"""Over sockets of their own."""

_PORTS: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(MAIL, frozenset({25, 465, 587})),
    **dict.fromkeys(("irc", "ircs"), frozenset({*range(6665, 6670), 6697})),
}

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("dbus", "glib", "gio", "gnome", "kde", "qt"), "notify.local"),
    **dict.fromkeys(("blink1", "macosx", "syslog", "windows"), "notify.local"),
    "rsyslog": "notify.datagram",
    **dict.fromkeys(("amqp", "amqps", "growl", "mqtt", "mqtts"), "notify.client"),
    **dict.fromkeys(("smpp", "smpps", "xmpp", "xmpps"), "notify.client"),
}
"""Scheme -> the key of why it is refused."""


# These answer 200 to whatever they are sent, and say in the body whether they took it, which Apprise does not
# read: a message over the rate limit, or without the robot's keyword, would count as delivered.
# WeCom https://developer.work.weixin.qq.com/document/path/91770
# DingTalk https://open.dingtalk.com/document/robots/custom-robot-access
# Feishu, Lark https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
# ServerChan https://github.com/easychen/serverchan-sdk   Bark https://github.com/Finb/bark-server
# Telegram https://core.telegram.org/bots/api#making-requests
# PushDeer https://github.com/easychen/pushdeer   Synology https://kb.synology.com/DSM/help/Chat/chat_integration
_SAID: Mapping[str, Mapping[str, object]] = {
    "bark": {"code": 200},
    "dingtalk": {"errcode": 0},
    "feishu": {"code": 0, "StatusCode": 0},
    "lark": {"code": 0, "StatusCode": 0},
    "pushdeer": {"code": 0},
    "qq": {"success": True},
    "schan": {"code": 0},
    "synology": {"success": True},
    "tgram": {"ok": True},
    "wecombot": {"errcode": 0},
}
"""One of a service's schemes -> what the members of a good answer are, as far as they are there."""


def denies(schemes: Iterable[str], told: Mapping[str, Any]) -> bool:
    """Whether the JSON object of an answer says that the service of `schemes` did not take the message."""
    good = {key: value for scheme in schemes for key, value in _SAID.get(scheme, {}).items()}
    return any(key in told and told[key] != value for key, value in good.items())


def refusal(scheme: str) -> Message | None:
    """Why nothing is sent to services of `scheme` (in lower case); None where something is."""
    if scheme in REFUSED:
        return Message("notify.refused", scheme=scheme, reason=Message(REFUSED[scheme]))
    if scheme in HTTP or scheme in MAIL or scheme in SOCKETS:
        return None
    return Message("notify.unknown", scheme=scheme)


def own_ports(scheme: str) -> frozenset[int]:
    """The ports of what `scheme` speaks, among those that the web is kept from."""
    return _PORTS.get(scheme, frozenset())
