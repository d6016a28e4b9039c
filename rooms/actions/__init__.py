"""Operations: each checks rights and limits, writes, and announces. They are synchronous and
keyword-only, and name their actor. Views, sockets and the admin all call the same ones, and only
they (and presence) broadcast."""
