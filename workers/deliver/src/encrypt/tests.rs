use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use munadi_push_sink::Subscriber;
use proptest::prelude::*;

use super::*;

fn decode(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn keys(subscriber: &Subscriber) -> SubscriberKeys {
    SubscriberKeys::parse(&subscriber.p256dh(), &subscriber.auth()).unwrap()
}

#[test]
fn example_of_rfc_8291() {
    let to = SubscriberKeys::parse(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    .unwrap();
    let private =
        PrivateKey::from_private_key(&ECDH_P256, &decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
    let salt = decode("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
    let plaintext = b"When I grow up, I want to be a watermelon";
    let unpadded = Bucket::with_capacity(plaintext.len());
    let body = Ephemeral::new(private, salt).unwrap().encrypt(&to, plaintext, unpadded).unwrap();
    let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY\
                    WAmS6TlzAC8wEqKK6PBru3jl7A_\
                    yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(body), expected);
}

#[test]
fn buckets_are_within_the_limit() {
    assert_eq!((Bucket::FULL.capacity(), Bucket::FULL.body_len()), (2_641, MAX_BODY));
    assert_eq!((Bucket::WAKE_UP.capacity(), Bucket::WAKE_UP.body_len()), (1_023, 1_126));
}

#[test]
fn text_that_does_not_fit_is_refused() {
    let to = keys(&Subscriber::generate().unwrap());
    assert_eq!(encrypt(&to, &[b'a'; 2_642], Bucket::FULL), Err(EncryptError::TooLong { len: 2_642, capacity: 2_641 }));
    assert_eq!(encrypt(&to, &[b'a'; 2_641], Bucket::FULL).unwrap().len(), MAX_BODY);
}

#[test]
fn no_two_messages_share_key_or_salt() {
    let to = keys(&Subscriber::generate().unwrap());
    let header = || encrypt(&to, b"", Bucket::WAKE_UP).unwrap()[..HEADER_LEN].to_vec();
    let (one, other) = (header(), header());
    assert_ne!(one[..SALT_LEN], other[..SALT_LEN]);
    assert_ne!(one[HEADER_LEN - PUBLIC_KEY_LEN..], other[HEADER_LEN - PUBLIC_KEY_LEN..]);
}

#[test]
fn keys_are_read_with_and_without_padding() {
    let subscriber = Subscriber::generate().unwrap();
    let (p256dh, auth) = (subscriber.p256dh(), subscriber.auth());
    let read = SubscriberKeys::parse(&format!("{p256dh}="), &format!("{auth}==")).unwrap();
    assert_eq!((&read.public()[..], read.auth()), (subscriber.public_key(), subscriber.auth_secret()));
}

#[test]
fn wrong_keys_are_refused() {
    let subscriber = Subscriber::generate().unwrap();
    let (p256dh, auth) = (subscriber.p256dh(), subscriber.auth());
    let changed = |at: usize, to: u8| {
        let mut bytes = subscriber.public_key().to_vec();
        bytes[at] = to;
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    };
    let off_the_curve = changed(64, subscriber.public_key()[64] ^ 1);
    let hybrid = changed(0, 6 | (subscriber.public_key()[64] & 1));
    let infinity = BASE64_URL_SAFE_NO_PAD.encode([0; 65]);
    let compressed = BASE64_URL_SAFE_NO_PAD.encode([&[2], &subscriber.public_key()[1..33]].concat());
    for wrong in [
        "",
        "A",
        &p256dh[1..],
        &p256dh.replace(['-', '_'], "+"),
        &(p256dh.clone() + "AA"),
        &off_the_curve,
        &hybrid,
        &infinity,
        &compressed,
    ] {
        // A key without `-` and `_` stays as it is.
        if *wrong != p256dh {
            assert_eq!(SubscriberKeys::parse(wrong, &auth).err(), Some(KeyError::PublicKey), "{wrong}");
        }
    }
    for wrong in ["", &auth[1..], &(auth.clone() + "AA"), &p256dh, "BTBZMqHH6r4Tts7J+aSIgg"] {
        assert_eq!(SubscriberKeys::parse(&p256dh, wrong).err(), Some(KeyError::Auth), "{wrong}");
    }
}

proptest! {
    #[test]
    fn subscriber_reads_what_was_sent_and_its_length_says_nothing(
        text in proptest::collection::vec(any::<u8>(), 0..1_023),
    ) {
        let subscriber = Subscriber::generate().unwrap();
        for bucket in [Bucket::WAKE_UP, Bucket::FULL] {
            let body = encrypt(&keys(&subscriber), &text, bucket).unwrap();
            prop_assert_eq!(body.len(), bucket.body_len());
            prop_assert_eq!(subscriber.decrypt(&body).unwrap(), text.clone());
        }
    }

    #[test]
    fn any_keys_are_judged_without_a_panic(p256dh in any::<String>(), auth in "[A-Za-z0-9_=-]{0,100}") {
        prop_assert!(SubscriberKeys::parse(&p256dh, &auth).is_err());
    }
}
