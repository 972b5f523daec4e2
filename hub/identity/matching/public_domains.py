"""Domains at which anybody can have an address or a page. Others are found by how many customers share them."""

SAME_PROVIDER = {"googlemail.com": "gmail.com"}
"""Domains of which one provider delivers to the same mailboxes."""

PUBLIC_DOMAINS = frozenset(
    (
        "gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.it hotmail.de live.com live.co.uk live.nl live.fr msn.com "
        "yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.it yahoo.es yahoo.co.jp yahoo.co.in ymail.com rocketmail.com aol.com aol.de icloud.com me.com mac.com "
        "proton.me protonmail.com pm.me tutanota.com tuta.io fastmail.com hey.com zoho.com mail.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de "
        "freenet.de arcor.de posteo.de mailbox.org 1und1.de online.de vodafone.de orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr "
        "libero.it virgilio.it alice.it tin.it tiscali.it pec.it legalmail.it aruba.it btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com "
        "blueyonder.co.uk comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net rogers.com shaw.ca telus.net "
        "bigpond.com optusnet.com.au xtra.co.nz telefonica.net terra.es ono.com sapo.pt uol.com.br bol.com.br terra.com.br mail.ru yandex.ru yandex.com ya.ru "
        "rambler.ru bk.ru list.ru inbox.ru ukr.net wp.pl o2.pl interia.pl onet.pl op.pl seznam.cz email.cz centrum.cz azet.sk freemail.hu citromail.hu abv.bg "
        "ziggo.nl kpnmail.nl xs4all.nl planet.nl home.nl telenet.be skynet.be proximus.be bluewin.ch hispeed.ch sunrise.ch chello.at aon.at a1.net telia.com "
        "comhem.se bredband.net online.no tele2.se mail.dk stofanet.dk luukku.com suomi24.fi qq.com 163.com 126.com sina.com foxmail.com naver.com daum.net "
        "hanmail.net docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com rediffmail.com "
        "facebook.com instagram.com linkedin.com x.com twitter.com youtube.com tiktok.com xing.com wixsite.com wordpress.com blogspot.com weebly.com "
        "squarespace.com jimdo.com jimdofree.com site123.me business.site myshopify.com etsy.com ebay.com amazon.com google.com github.io linktr.ee"
    ).split()
)
"""Of mail providers, and of places where pages of many stand side by side."""
