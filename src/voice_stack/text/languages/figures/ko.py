"""Korean."""

from voice_stack.text.languages.figures.facts import Figures, Parts, pairs, words

FIGURES = Figures(
    units="""
    km/h = 킬로미터 퍼 시간
    ms = 밀리초
    ha = 헥타르
    dm = 데시미터
    nm = 나노미터
    µm = 마이크로미터
    N = 뉴턴
    rpm = 분당회전수
    kWh = 킬로와트시
    MW = 메가와트
    mA = 밀리암페어
    mAh = 밀리암페어시
    hPa = 헥토파스칼
    kcal = 킬로칼로리
    mph = 마일 퍼 시간
    ft = 피트
    lb = 파운드
    oz = 온스
    bpm = 비피엠
    Mbps = 메가비트 퍼 초
    ¢ = 센트
    """,
    currencies="""
    HKD = 홍콩 달러 ; 센트
    TWD = 대만 달러 ; 센트
    SGD = 싱가포르 달러 ; 센트
    CAD = 캐나다 달러 ; 센트
    AUD = 호주 달러 ; 센트
    NZD = 뉴질랜드 달러 ; 센트
    CHF = 스위스 프랑 ; 상팀
    RUB = 루블 ; 코페이카
    INR = 루피 ; 파이사
    THB = 바트 ; 사땅
    VND = 동 ; 수
    BTC = 비트코인 ; 사토시
    """,
    magnitudes="""
    조 = 조
    천 = 천
    백만 = 백만
    천만 = 천만
    """,
    signs={"HK$": "HKD", "원": "KRW", "달러": "USD"},
    square="제곱{}",
    cube="세제곱{}",
    per="퍼 {}",
    rates=pairs(
        "월=매월 년=매년 일=매일 주=매주 시간=시간당 분=분당 초=퍼_초 명=명당 인=인당 개=개당 박=일박"
        " h=퍼_시간 s=퍼_초 min=퍼_분"
        " s²=퍼_초_제곱"
    ),
    parts=Parts(half={"m": "이분의 일 {}"}, part="{part} {noun}"),
    ratio="{a} 대 {b}",
    ratio_cues=words("비율 비율은 비"),
    out_of="{b}점 만점에 {a}",
    phone_cues=words("전화 전화번호 팩스 휴대폰 번호 연락처 문의"),
    code_cues=words("코드 인증번호 인증번호는 비밀번호 비밀번호는 우편번호 인증코드 코드는 isbn"),
    weekdays=pairs("월=월요일 화=화요일 수=수요일 목=목요일 금=금요일 토=토요일 일=일요일"),
    durations="""
    d = 일
    h = 시간 @native
    m = 분
    min = 분
    s = 초
    """,
    tilde=" 부터 ",
    phone_plus="국가번호",
    times="곱하기",
    long_digits=18,
)
