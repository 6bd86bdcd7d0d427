"""Invented people in many scripts; the same seed invents the same people."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from registration.account.models import User
from registration.attendee.access_code import ALPHABET
from registration.attendee.profile import asked_fields, get_attendee_profile_model

# Given names, family names, and whether the family name comes first.
_NAMES = [
    (
        "Emma Olivia Noah James Grace Henry Ruby Jack",
        "Smith O’Neill MacLeod Okafor Taylor Whitfield Jones Baker",
        False,
    ),
    ("Anna Jürgen Lena Björn Käthe Günther Zoë Jörg", "Müller Großmann Weiß Schröder Kühn Vogel Bäcker Krüger", False),
    ("Élodie François Chloé Benoît Maëlle Rémi Zoé Loïc", "Lefèvre Dubois Gagné Besançon Hérault Noël Garçon", False),
    ("María José Íñigo Begoña Andrés Lucía Ramón Inés", "García Núñez Ibáñez Peña Muñoz Ávila Quintana", False),
    ("João Inês Gonçalo Luísa Tomás Conceição Simão", "Gonçalves Araújo Simões Brandão Magalhães Lourenço", False),
    ("Łukasz Małgorzata Wojciech Zofia Święto Jadwiga", "Wiśniewski Kowalska Dąbrowski Żak Ślusarczyk Łoś", False),
    ("Jiří Božena Ondřej Šárka Řehoř Zdeněk Hana", "Dvořák Nováková Černý Říha Šťastná Žižka", False),
    ("Ágnes Győző Zsófia Ödön Lőrinc Réka", "Szabó Kőszegi Nagy Tóth Győrffy Szűcs", True),
    ("Åsa Søren Øyvind Þóra Björk Ægir Sigríður Lars", "Åkesson Sørensen Ødegård Guðmundsdóttir Lindqvist Næss", False),
    ("Ayşe İbrahim Çağla Gökhan Şule Ömer Ilgın", "Yılmaz Çelik Öztürk Işık Şahin Güneş", False),
    ("Nguyễn Trần Lê Phạm Hoàng Đặng", "Văn Hùng|Thị Hương|Minh Đức|Ngọc Ánh|Thu Hằng|Quốc Bảo", False),
    ("Ольга Дмитрий Анна Сергей Екатерина Пётр Юлия", "Иванова Смирнов Кузнецова Воробьёв Щербакова Соколов", False),
    ("Олена Тарас Ґалина Їжак Марія Остап", "Шевченко Бондаренко Ковальчук Гончар Лисенко", False),
    ("Γιώργος Ελένη Νίκος Σοφία Αθηνά Δημήτρης", "Παπαδόπουλος Οικονόμου Νικολαΐδης Αγγέλου Κωστής", False),
    ("محمد فاطمة أحمد ليلى يوسف مريم", "العلي حسين الخطيب الحداد منصور", False),
    ("נועה דוד תמר יונתן שירה איתן", "כהן לוי מזרחי פרץ ביטון", False),
    ("आरव प्रिया रोहन अनन्या विवेक कविता", "शर्मा पटेल वर्मा गुप्ता जोशी", False),
    ("রহিম সুমাইয়া অনিক নুসরাত তানভীর", "চৌধুরী রহমান ইসলাম দাস", False),
    ("அருண் மீனா கார்த்திக் லட்சுமி", "சுப்ரமணியம் ராஜன் கிருஷ்ணன் முருகன்", False),
    ("สมชาย สมหญิง อรุณ ปิยะดา", "ใจดี ศรีสุข วงศ์สว่าง ทองคำ", False),
    ("伟 芳 秀英 敏 静 磊 洋", "王 李 张 刘 陈 杨 欧阳", True),
    ("さくら 健太 陽子 大輔 結衣 翔", "佐藤 鈴木 髙橋 田中 渡邉 山﨑", True),
    ("민준 서연 지훈 하은 도윤 수빈", "김 이 박 최 정 남궁", True),
    ("ნინო გიორგი თამარ ლევან", "ბერიძე კაპანაძე მაისურაძე", False),
    ("Անի Արմեն Նարե Տիգրան", "Հակոբյան Սարգսյան Պետրոսյան", False),
    ("አበበ ሰላም ዮሐንስ ሂሩት", "ተስፋዬ በቀለ ገብረ", False),
    ("Chidi Ngozi Amara Kwame Adaeze Tunde", "Nwosu Adébáyọ̀ Mensah Ọkọ́nkwọ̀ Eze", False),
    ("Kalea Keoni Leilani Mahina Tāne", "Kahanamoku Te Ariki Kealoha Māhoe", False),
]
_NO_SPACE = {"王", "佐藤", "김"}  # the first family name of those who write both without a space
_COMPANIES = [
    *("Fernwerk", "Blue Lantern Ltd", "Atelier Kumo", "Nordlys AS", "Universität Beispielstadt", "Ponte & Figli"),
    *("Papaya Robotics", "Open Ledger Co-op", "東雲技研", "Яркий Код", "Café Datos", "City Library", "Quiet Systems"),
    *[""] * 5,
]


DOMAIN = "demo.example.org"


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    company: str


def invent_people(count: int, *, seed: int = 1) -> Iterator[Person]:
    """Addresses are at DOMAIN, unique by a number, and reach nobody."""
    chance = random.Random(seed)  # noqa: S311 -- nothing secret
    parts = [(given.split(), _families(families), first) for given, families, first in _NAMES]
    for number in range(1, count + 1):
        given_names, family_names, family_first = chance.choice(parts)
        given, family = chance.choice(given_names), chance.choice(family_names)
        space = "" if family_names[0] in _NO_SPACE else " "
        name = f"{family}{space}{given}" if family_first else f"{given} {family}"
        yield Person(name, f"guest{number}@{DOMAIN}", chance.choice(_COMPANIES))


def _families(families: str) -> list[str]:
    return families.split("|") if "|" in families else families.split()


def fill_profiles(users: list[User], people: list[Person], chance: random.Random) -> None:
    """Only what the site's profile model happens to ask."""
    model = get_attendee_profile_model()
    if model is None:
        return
    asked = {field.name for field in asked_fields(model)}
    profiles = []
    for user, person in zip(users, people, strict=True):
        answers = {
            "affiliation": person.company,
            "tshirt_size": chance.choice(["S", "M", "L", "XL"]),
            "dietary_needs": chance.choice(["", "", "", "Vegetarian", "Vegan", "No nuts"]),
        }
        profiles.append(
            model(
                user=user, completed_registration=True,
                access_code="".join(secrets.choice(ALPHABET) for _ in range(8)),
                **{name: answer for name, answer in answers.items() if name in asked},
            )
        )  # fmt: skip
    model._default_manager.bulk_create(profiles)
