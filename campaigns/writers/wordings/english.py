"""The letters in English."""

from typing import Final

from campaigns.writers.wordings.base import Wording

ENGLISH: Final = Wording(
    subjects=(
        "A website proposal for {name} to look at",
        "{name}: a website we made, as a proposal",
        "A website for {name}: have a look, then decide",
        "We made a website for {name}, as a proposal",
        "A website for {name}, as a proposal",
        "{name}: would you like this website?",
        "An offer for {name}: the website is ready",
        "Our proposal: a website for {name}",
        "We made a website for {name}",
        "A website proposal for {name}",
        "{name}: a website to look at",
        "An offer: a website for {name}",
        "A website for {name}",
        "Website for {name}",
        "A web page for {name}",
        "{name}: a website",
        "A site for {name}",
        "{name}: our offer",
    ),
    preheaders=(
        "A proposal from {agency}, made from public details. Look first, then say yes or no.",
        "It is already there to look at. It is an offer from {agency}, and no is a fine answer.",
        "An offer from {agency}: one link to look at it, one link to say no.",
        "Made by {agency} from what is public. You decide whether it stays.",
        "We are {agency}. This is an offer, and looking at it costs nothing.",
        "A proposal, not a bill: {agency} made it, and you decide.",
        "From {agency}: a website you can see before you decide anything.",
    ),
    greetings=(
        "Hello,",
        "Good day,",
        "Hello {name},",
        "Hello to everyone at {name},",
        "Good day to everyone at {name},",
        "Dear owner of {name},",
        "Good day, {name},",
    ),
    introductions=(
        "We are {agency}, and we build websites for local businesses. We came across {name}{in_city} on {source} "
        "and could not find a working website for it.",
        "{agency} builds websites for local businesses. On {found_on} we saw {name}{in_city} on {source}. We looked "
        "for your website and found none that works.",
        "You do not know us yet: we are {agency}, and we make websites. Going through {source}, we found "
        "{name}{in_city}, but no working website to go with it.",
        "When we looked for {name}{in_city}, we found you on {source} but could not find a website that works. We "
        "are {agency}, and websites are what we make.",
        "A short introduction first: {agency} makes websites for local businesses. We found {name}{in_city} on "
        "{source}, but no working website.",
        "We have not met: we are {agency}, and we make websites. On {source} we came across {name}{in_city} and "
        "looked for its website, but found none that works.",
        "Looking through the {category} entries on {source}, we found {name}{in_city}, but no website that works. "
        "We are {agency}, and we make websites for local businesses.",
        "{agency} makes websites for local businesses. Among the {category} entries on {source} we found "
        "{name}{in_city}, and no working website for it.",
    ),
    proposals=(
        "So we made one for you to look at. It is a proposal, built only from what is public about you: it is "
        "marked as not official, and search engines are asked to leave it out.",
        "Rather than describe what we do, we built it. What you see is a proposal from public details, so a detail "
        "may be out of date. Search engines are asked not to list it.",
        "To show you what yours could be, we built one as a proposal. It uses public details only, says that it is "
        "not your official site, and asks search engines not to list it.",
        "We went ahead and made one as a proposal, without asking you first. It is based on public details alone, and "
        "search engines are asked not to show it.",
        "So there is now one that you can look at. It is our proposal, not your official site, and it was made from "
        "what is public. Search engines are asked to ignore it.",
        "We have put one together as a proposal. All we know about you comes from public listings, so a detail may "
        "be wrong. The page says that it is not official.",
        "You can look at one now: we built it from public details, as a proposal. It says that it is not official, "
        "and search engines are asked not to list it.",
    ),
    calls_to_action=(
        "See the website",
        "Look at the website",
        "Open the website",
        "See what we made",
        "See the proposal",
        "Have a look at it",
        "Take a look",
    ),
    offers_with_price=(
        "This is an offer: if you would like to keep it, it costs {price}. Looking costs nothing, and what is wrong "
        "is put right first.",
        "If you like it, it can be yours. It costs {price}; looking costs nothing.",
        "Should you want to use it, it costs {price}. Until you say yes, you owe nothing.",
        "It is for sale, of course: it costs {price} if you take it, and nothing if you do not.",
        "If it suits you, it costs {price}. If a detail is wrong, answer this mail and we put it right.",
        "We would be glad if you kept it: it costs {price}. Nothing is owed for looking, or for saying no.",
        "Our offer: it costs {price} if you decide to use it. Until then it costs nothing.",
    ),
    offers_without_price=(
        "This is an offer: if you would like to keep it, tell us, and you hear the price before you decide.",
        "If you like it, it can be yours. You hear the price first, and looking costs nothing.",
        "Should you want to use it, let us know. Until you have seen a price and said yes, you owe nothing.",
        "It is for sale, of course. Ask us for the price; it costs nothing if you do not take it.",
        "If it suits you, tell us and we name a price. If a detail is wrong, answer this mail and we put it right.",
        "We would be glad if you kept it. Ask for the price; nothing is owed for looking, or for saying no.",
        "Our offer: use it if you like it, once we have agreed on a price. Until then it costs nothing.",
    ),
    ways_out=(
        "If it is not for you, choose “No, thank you” below and we will not write again. The page itself has a "
        "“Remove it” button.",
        "Not interested? “No, thank you” below ends our mails, and “Remove it” on the page takes the page down.",
        "And if you would rather not: “No, thank you” below means we never write again, and “Remove it” on the page "
        "takes it offline.",
        "No is a good answer too. Choose “No, thank you” below and you will not hear from us again; “Remove it” on "
        "the page takes the proposal down.",
        "If you do not want it, “Remove it” on the page takes it down, and “No, thank you” below stops all mail "
        "from us.",
        "Would you rather be left alone? “No, thank you” below is enough. To have the page taken down as well, use "
        "its “Remove it” button.",
        "If the answer is no, “No, thank you” below is all it takes: we will not write again. “Remove it” on the "
        "page takes the page away too.",
    ),
    sign_offs=(
        "Kind regards,",
        "With kind regards,",
        "Best regards,",
        "Best wishes,",
        "Yours sincerely,",
        "With best wishes,",
    ),
    short_subjects=(
        "A question: would this website suit {name}?",
        "{name}: is this your kind of website?",
        "Could this be the website of {name}?",
        "{name}: does this website suit you?",
        "A question about a website for {name}",
        "Would this website suit {name}?",
        "Is this a website for {name}?",
        "{name}: have we got it right?",
        "A website, {name}?",
        "A page for {name}?",
        "{name}: one look?",
        "{name}: yes or no?",
        "{name}: a page?",
        "{name} online?",
    ),
    short_introductions=(
        "We are {agency}. We found {name}{in_city} on {source}, but no website that works, so we made one as a "
        "proposal, from public details only.",
        "{agency} makes websites. On {source} we saw {name}{in_city} and found no website that works, so there is "
        "now one to look at: a proposal, made from what is public.",
        "You do not know us yet: we are {agency}. On {source} we found {name}{in_city} without a working website "
        "that we could see, and made one as a proposal from public details.",
        "We are {agency}, we make websites, and this one is a proposal for {name}{in_city}. We found you on "
        "{source}, could not find a working website, and used public details only.",
        "This is {agency}. We looked for a working website of {name}{in_city}, which we found on {source}, and saw "
        "none. So we made one from public details, as a proposal.",
        "A proposal from {agency}: a website for {name}{in_city}. We found you on {source}, but no website that "
        "works, and built this one from what is public.",
        "We have not met: we are {agency}, and we saw {name}{in_city} on {source}. No working website came up when "
        "we looked, so we made one from public details, as a proposal.",
    ),
    reminders=(
        "On {wrote_on} we wrote to you about a website that we made for {name}, as a proposal. It is still there to "
        "look at.",
        "This is about our mail of {wrote_on}, and the website that we made for {name} as a proposal. You can still "
        "look at it.",
        "We wrote on {wrote_on} to show you a website for {name}. It is a proposal from public details, and you can "
        "still see it.",
        "A short reminder of our mail of {wrote_on}: we made a website for {name} as a proposal, and one look tells "
        "you whether it suits you.",
        "In our mail of {wrote_on} we proposed a website for {name}. In case it came on a busy day, here is the "
        "proposal again.",
        "Our mail of {wrote_on} was about a website for {name}, a proposal made from what is public. Here it is "
        "once more.",
        "We are {agency}. On {wrote_on} we sent you a proposal: a website for {name}. It is there whenever you want "
        "to look.",
    ),
    reminder_preheaders=(
        "The proposal from {agency} is still there to look at. No is a fine answer.",
        "About our mail of {wrote_on}: one link to look at it, one link to say no.",
        "A reminder from {agency}. This is an offer, and looking at it costs nothing.",
        "From {agency}, about our mail of {wrote_on}. You decide whether the page stays.",
        "Our proposal of {wrote_on}, once more. Look when it suits you.",
        "Still a proposal, still an offer from {agency}, and still yours to refuse.",
    ),
    last_reminders=(
        "On {wrote_on} we wrote to you about a website that we made for {name}, as a proposal. This is our last "
        "mail about it.",
        "This is our last mail about the website that we proposed for {name} on {wrote_on}. You can still look at "
        "it; after this we will not write about it again.",
        "A last word about our mail of {wrote_on}: the website for {name} is a proposal, and you can still look at "
        "it. No further mail follows.",
        "We wrote on {wrote_on} about a website for {name}, made as a proposal. After this mail we will not write "
        "about it again.",
        "This mail is our last one about the website for {name}, our proposal of {wrote_on}. Here it is once more.",
        "To close this: on {wrote_on} we proposed a website for {name}. It is below one more time, and this is our "
        "last mail.",
    ),
    last_preheaders=(
        "Our last mail about it. The proposal from {agency} can still be looked at.",
        "From {agency}: the last mail about our proposal of {wrote_on}.",
        "No further mail follows. One link to look at it, one link to say no.",
        "Our last mail about the proposal of {wrote_on}. Nothing needs to be done.",
        "The last word from {agency} on this. No is a fine answer, and so is none.",
        "After this mail {agency} will not write about the proposal again.",
    ),
    last_ways_out=(
        "If it is not for you, you need not do anything. “No, thank you” below rules out any other mail from us "
        "too, and “Remove it” on the page takes the page down.",
        "Not interested? Then nothing needs doing. To have the page taken down at once, use its “Remove it” button, or "
        "choose “No, thank you” below.",
        "No answer is an answer too. “Remove it” on the page takes it down, and “No, thank you” below keeps us from "
        "ever writing to you again.",
        "If the answer is no, you can leave it at that. “No, thank you” below makes it certain, and “Remove it” on "
        "the page takes the proposal down.",
        "You owe us no answer. If you want the page taken down, its “Remove it” button does that; “No, thank you” "
        "below stops all mail from us.",
        "Nothing happens if you leave this mail alone. “Remove it” on the page takes the page away, and “No, thank "
        "you” below means that we never write to you again.",
    ),
)
