"""Korean: Sino-Korean numbers, and native ones for hours and before counters."""

from voice_stack.text.languages.locale import (
    Clock,
    Dates,
    Locale,
    Noun,
    Sentences,
    Web,
    currencies,
    invariant,
    listed,
    units,
)
from voice_stack.text.languages.numerals import Numerals

_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_COUNTERS = listed(
    "개 명 살 마리 번 권 잔 시간 병 대 장 사람 가지 송이 그루 켤레 시 달 곳 쌍 벌 채 통"
    " 척 자루 판 바퀴 봉지 그릇 조각 배 줄 번째"
)

_MONTHS = {6: "유", 10: "시"}  # the two months whose numbers change


class _KoreanNumerals(Numerals):
    def cardinal(self, n: int, gender: str = "m", *, counting: bool = False, case: str = "") -> str:
        if gender != "native" or not 0 < n < 100:
            return self._plain(n)
        return "스무" if n == 20 else _TENS[n // 10] + _ONES[n % 10]

    def ordinal(self, n: int, gender: str = "m", case: str = "") -> str | None:
        if case == "month":
            return _MONTHS.get(n, self.cardinal(n))
        return f"제{self.cardinal(n)}"

    def hour(self, n: int, before: str = "") -> str:
        return self.cardinal(n, "native" if n <= 12 else "m")

    def digits(self, written: str) -> str:
        return "".join(self.digit_word(digit) for digit in written)

    def digit_word(self, digit: str) -> str:
        return "영일이삼사오육칠팔구"[int(digit)]

    def decimal(self, whole: int, fraction: str) -> str:
        return f"{self.cardinal(whole)} 점 {self.digits(fraction)}"


LOCALE = Locale(
    code="ko",
    numerals=_KoreanNumerals("ko", "점"),
    decimal=".",
    groups=",",
    plural=invariant,
    minus="마이너스",
    span="{a}에서 {b}",
    dates=Dates(
        months=tuple(f"{m}월" for m in listed("일 이 삼 사 오 유 칠 팔 구 시 십일 십이")),
        order="ymd",
        spoken="{month} {day}일",
        spoken_year="{year}년 {date}",
        day_suffix="(?!)",
    ),
    clock=Clock(full="{h} 시", both="{h} 시 {m} 분", hour_marks=("시",)),
    units=units(
        """
        % = 퍼센트
        °C = 도
        °F = 도
        ° = 도
        km/h = 킬로미터 매 시
        km² = 제곱킬로미터
        m² = 제곱미터
        km = 킬로미터
        m = 미터
        cm = 센티미터
        mm = 밀리미터
        kg = 킬로그램
        g = 그램
        mg = 밀리그램
        t = 톤
        L = 리터
        l = 리터
        ml = 밀리리터
        mL = 밀리리터
        h = 시간 @native
        min = 분
        s = 초
        KB = 킬로바이트
        MB = 메가바이트
        GB = 기가바이트
        TB = 테라바이트
        Hz = 헤르츠
        kHz = 킬로헤르츠
        MHz = 메가헤르츠
        GHz = 기가헤르츠
        W = 와트
        kW = 킬로와트
        V = 볼트
        dB = 데시벨
        """
    ),
    nouns={word: Noun((word,), "native") for word in _COUNTERS},
    currencies=currencies(
        """
        KRW = 원 ; 전
        USD = 달러 ; 센트
        EUR = 유로 ; 센트
        JPY = 엔 ; 센
        GBP = 파운드 ; 펜스
        CNY = 위안 ; 펀
        """
    ),
    money="{major} {minor}",
    magnitudes=units(
        """
        만 = 만
        억 = 억
        """
    ),
    ordinal_nouns={"월": ("m", "month", "월")},
    fraction_template="{d}분의 {n}",
    half="이분의 일",
    and_half="{}와 이분의 일",
    and_fraction="{}와 {}",
    symbols={
        "&": "앤드",
        "+": "더하기",
        "=": "는",
        "×": "곱하기",
        "÷": "나누기",
        "±": "플러스 마이너스",
        "≈": "약",
        "~": "약",
        "∞": "무한대",
    },
    spelled=frozenset(listed("CEO API USB URL ID IP CPU GPU AI USA UK EU FBI CIA IT TV CD DVD")),
    number_sign="번호",
    web=Web(
        at="골뱅이",
        dot="점",
        slash="슬래시",
        dash="하이픈",
        underscore="밑줄",
        plus="플러스",
        colon="콜론",
        hashtag="해시태그",
    ),
    particles=True,
    clause_words=frozenset(listed("그리고 그러나 하지만 그래서 또는")),
    sentences=Sentences(
        goes_on_behind_date=True,
        reported_speech=True,
    ),
)
