"""The records that integrators push, as inputs: the fields of each kind, in the words of the API's own types.

Below `RecordInput` everything reaches the command by these names in snake case; `hub/commands/pushed_records.py` makes records of it.
"""

from collections.abc import Mapping

from schema.mutation.declaring import InputField, InputType

_MOST_PARTS = 1_000
"""Parts of one record: lines, due parts, allocations. As many as a list of the variables may have."""


def _fields(**declared: tuple[str, str]) -> dict[str, InputField]:
    return {name: InputField(type=kind, description=description) for name, (kind, description) in declared.items()}


def _several(of: InputType, description: str) -> InputField:
    return InputField(type=f"[{of.name}!]", description=description, of=of, at_most=_MOST_PARTS)


_OF_EVERY_RECORD = _fields(
    externalId=("String!", "Its id in your system, 1 to 255 characters: by it alone the hub finds it again."),
    sourceVersion=(
        "Decimal",
        "Its version there, a whole number: an older one never overwrites a newer one. Without one, and without an instant, the last counts.",
    ),
    sourceUpdatedAt=("DateTime", "When it last changed there; counts where one of two forms has no version."),
    url=("URL", "Where people find it there."),
)
_CUSTOM = InputField(
    type="JSON",
    description="Further fields of yours: one object, whose values are texts, whole numbers of 64 bits, true, false or null; dates, decimals and larger "
    "numbers as text.",
)
_WHOSE = _fields(customerExternalId=("String!", "The external id of its customer, in the same connection. If that has not come yet, the record waits for it."))

CROSS_REFERENCE = InputType(
    name="CrossReferenceInput",
    description="The id of a customer in another system: of a kind of system, or of one connection; one of the two.",
    fields=_fields(
        externalId=("String!", "Its id there."),
        kind=("ConnectionKind", "The kind of system."),
        connection=("String", "The connection, by its name."),
    ),
)

CUSTOMER = InputType(
    name="CustomerRecordInput",
    description="A customer.",
    fields=_OF_EVERY_RECORD
    | _fields(
        name=("String!", "The name by which people know it."),
        legalName=("String", "The registered name."),
        email=("String", "The general e-mail address."),
        phone=("String", "The general phone number."),
        website=("URL", "The website."),
        taxId=("String", "The tax number."),
        currency=("CurrencyCode", "The currency that it is usually billed in."),
        language=("String", "The language to write in, by BCP 47."),
        timeZone=("String", "The time zone, by the IANA database."),
        addressLines=("[String!]", "The lines of the address."),
        city=("String", "The city of the address."),
        region=("String", "The region of the address."),
        postalCode=("String", "The postal code of the address."),
        country=("String", "The country of the address, by ISO 3166."),
        entityType=("EntityType", "Whether it is a company or a project of one; without it a company."),
        parentExternalId=("String", "The external id of the customer above it in a hierarchy."),
        isBilled=("Boolean", "Whether invoices may be billed to it; without it they may."),
        billToPreference=("BillToPreference", "Who is billed for it; without it as its kind and the workspace have it."),
        paymentTerms=("String", "The agreed terms, in your words."),
        paymentTermsDays=("Int", "The agreed days from document to due date."),
        isAutoCollected=("Boolean", "Whether your system collects payments by itself."),
        financeOwner=("String", "The colleague who looks after what it owes."),
        salesOwner=("String", "The colleague who sells to it."),
        segments=("[String!]", "The names of the segments that it belongs to; the first one counts."),
        sourceHandling=("SourceHandling", "HOLD stops communications, CLOSED stops all activity; without it ACTIVE."),
        reportedBalances=("[MoneyInput!]", "What your system says that it owes, one amount for each currency; it is compared with what the hub adds up."),
        hubReference=("String", "Its id in this API, where you keep it: the two are one then."),
    )
    | {"knownAs": _several(CROSS_REFERENCE, "Its ids in other systems, where you keep them."), "customFields": _CUSTOM},
)

CONTACT = InputType(
    name="ContactRecordInput",
    description="A person at a customer.",
    fields=_OF_EVERY_RECORD
    | _WHOSE
    | _fields(
        name=("String!", "The name of the person."),
        jobTitle=("String", "What the person does there."),
        email=("String", "The e-mail address."),
        phone=("String", "The phone number."),
        mobile=("String", "The mobile number."),
        language=("String", "The language to write in, by BCP 47."),
        timeZone=("String", "The time zone, by the IANA database."),
        roles=("[ContactRole!]", "What the contact receives; nothing without a role."),
        isPrimary=("Boolean", "Whether it is the first to turn to."),
    )
    | {"customFields": _CUSTOM},
)

INVOICE_LINE = InputType(
    name="InvoiceLineInput",
    description="One line of an invoice.",
    fields=_fields(
        itemName=("String", "What is charged for."),
        description=("String", "The line's text."),
        quantity=("String", "How many, as decimal text."),
        unitPrice=("String", "The price of one, as decimal text in the invoice's currency."),
        amount=("MoneyInput!", "What the line adds up to, in the invoice's currency."),
    ),
)

DUE_PART = InputType(
    name="DuePartInput",
    description="One part of an invoice's total that falls due on a date of its own; all parts together are the total.",
    fields=_fields(dueDate=("Date!", "When it falls due."), amount=("MoneyInput!", "How much, in the invoice's currency.")),
)

INVOICE = InputType(
    name="InvoiceRecordInput",
    description="An invoice or another debit. Its currency is that of its total; every other amount of it is in the same.",
    fields=_OF_EVERY_RECORD
    | _WHOSE
    | _fields(
        total=("MoneyInput!", "The gross total, not negative: a negative one is a credit note."),
        documentDate=("Date!", "Its own date."),
        number=("String", "The number printed on it."),
        documentType=("DocumentType", "What kind of debit it is; without it an invoice."),
        lifecycle=("Lifecycle", "Where it stands; without it ISSUED."),
        sourceStatus=("String", "Its status in your words."),
        sourceHandling=("SourceHandling", "HOLD stops communications, CLOSED stops all activity; without it ACTIVE."),
        dueDate=("Date", "When it falls due."),
        postingDate=("Date", "When it was posted."),
        transactionDate=("Date", "The date of what it charges for."),
        createdOn=("Date", "When it was made."),
        voidedOn=("Date", "When it was voided."),
        writtenOffOn=("Date", "When it was written off."),
        paidOn=("Date", "When it was paid: the day of what was paid beyond the payments that you push."),
        amountPaid=("MoneyInput", "What your system says is paid. What the payments that you push do not explain of it counts too."),
        amountAdjusted=("MoneyInput", "What your system says was adjusted, by credit notes and the like."),
        writeOffAmount=("MoneyInput", "What your system has given up of it."),
        sourceBalance=("MoneyInput", "What your system says is due; it is compared with what the hub adds up."),
        purchaseOrderNumber=("String", "The customer's order number."),
        contract=("String", "The contract that it belongs to."),
        location=("String", "The place that it belongs to."),
        businessUnit=("String", "The part of our organisation that issued it."),
        isDisputed=("Boolean", "Whether the customer contests it."),
        disputeReason=("String", "Why the customer does."),
    )
    | {
        "lines": _several(INVOICE_LINE, "Its lines."),
        "dueParts": _several(DUE_PART, "The parts that fall due on dates of their own; none: it is due as a whole."),
        "customFields": _CUSTOM,
    },
)

ALLOCATION = InputType(
    name="AllocationInput",
    description="The part of a payment or credit note that is set against one invoice.",
    fields=_fields(
        invoiceExternalId=("String!", "The external id of the invoice, in the same connection."),
        amount=("MoneyInput!", "What it settles of the invoice, in the invoice's currency."),
        allocated=("MoneyInput", "What it takes of the payment or credit note, in that one's currency; needed where the currencies differ."),
        allocationDate=("Date", "From when on it counts; without it the later of the dates of the two documents."),
    ),
)

CREDIT_NOTE = InputType(
    name="CreditNoteRecordInput",
    description="A credit note. Its currency is that of its total.",
    fields=_OF_EVERY_RECORD
    | _WHOSE
    | _fields(
        total=("MoneyInput!", "What the customer is credited with, not negative."),
        documentDate=("Date!", "Its own date."),
        number=("String", "The number printed on it."),
        lifecycle=("Lifecycle", "Where it stands; without it ISSUED."),
        sourceStatus=("String", "Its status in your words."),
        postingDate=("Date", "When it was posted."),
        voidedOn=("Date", "When it was voided."),
        usedOn=("Date", "When it was used up: the day of what was used beyond its allocations."),
        sourceBalance=("MoneyInput", "What your system says is unused."),
        reason=("String", "Why it was given."),
        location=("String", "The place that it belongs to."),
        businessUnit=("String", "The part of our organisation that issued it."),
    )
    | {"allocations": _several(ALLOCATION, "What of it is set against invoices; together at most its total."), "customFields": _CUSTOM},
)

PAYMENT = InputType(
    name="PaymentRecordInput",
    description="Money received. Its currency is that of its amount.",
    fields=_OF_EVERY_RECORD
    | _WHOSE
    | _fields(
        amount=("MoneyInput!", "How much, not negative."),
        paymentDate=("Date!", "When it was paid."),
        state=("PaymentState", "Where it stands; without it SETTLED."),
        sourceStatus=("String", "Its status in your words."),
        reconciliation=("Reconciliation", "Whether it is known to the books; without it RECONCILED."),
        methodKind=("PaymentMethodKind", "By what means it was paid."),
        reference=("String", "The reference that the payer gave."),
        gateway=("String", "The gateway that took it."),
        gatewayTransactionId=("String", "Its id at the gateway."),
        reversedOn=("Date", "When it was returned or charged back."),
        memo=("String", "A note on it."),
    )
    | {"allocations": _several(ALLOCATION, "What of it is set against invoices; together at most its amount."), "customFields": _CUSTOM},
)

EXCHANGE_RATE = InputType(
    name="ExchangeRateRecordInput",
    description="An exchange rate: one unit of a currency is so many units of another, from a day on until the next rate of the two.",
    fields=_OF_EVERY_RECORD
    | _fields(
        currency=("CurrencyCode!", "The currency that is converted."),
        baseCurrency=("CurrencyCode!", "The currency that it is converted into."),
        rateDate=("Date!", "The first day that it holds for."),
        rate=("Decimal!", "How many units of the base currency one unit is; more than zero, with at most 15 digits."),
    ),
)

DELETION = InputType(
    name="DeletionRecordInput",
    description="Something that your system no longer has: it is marked as deleted, never erased, and counts in no figure.",
    fields=_fields(
        stream=("Stream!", "What kind of object it was."),
        externalId=("String!", "Its id in your system."),
        sourceVersion=("Decimal", "The version of the deletion, a whole number: an older one does not delete what came back since."),
        sourceUpdatedAt=("DateTime", "When it was deleted; counts where one of the two has no version."),
        mergedIntoExternalId=("String", "The external id of the object of the same kind that took its place."),
    ),
)

_KINDS: Mapping[str, tuple[InputType, str]] = {
    "customer": (CUSTOMER, "A customer."),
    "contact": (CONTACT, "A person at a customer."),
    "invoice": (INVOICE, "An invoice or another debit."),
    "creditNote": (CREDIT_NOTE, "A credit note."),
    "payment": (PAYMENT, "A payment."),
    "exchangeRate": (EXCHANGE_RATE, "An exchange rate."),
    "deletion": (DELETION, "Something that is no longer there."),
}

RECORD = InputType(
    name="RecordInput",
    description="One record: exactly one of these. It is the whole object as it is now; what is left out, your system does not say.",
    fields={name: InputField(type=of.name, description=description, of=of) for name, (of, description) in _KINDS.items()},
    is_one_of=True,
)
"""What a batch consists of."""
