# O que os ecrãs dizem, em português europeu. Title: o que se lê primeiro. Say: uma frase para o cliente.
# Do: uma frase para a caixa. Valores e horas chegam já escritos.

starting-title = A iniciar
starting-say = Um momento, por favor.
starting-do = A preparar.

idle-title = Bem-vindo!
idle-say = Bem-vindo!
idle-do = Digite um valor.
standing-how = Leia o código e pague no telemóvel.
standing-do = Link visível. Digite um valor.
standing-closed = Este código está fechado. Pague na caixa.
standing-closed-do = Link fixo fechado. Digite um valor.

entering-title = Valor
entering-say = O seu valor está a ser digitado.
entering-do = Enter mostra o código.
entry-zero = Digite primeiro um valor.
entry-over = No máximo { $limit }.
entry-under = No mínimo { $limit }.
entry-decimals = { $most ->
    [one] Uma vírgula e uma casa decimal no máximo.
   *[other] Uma vírgula e { $most } casas decimais no máximo.
}
entry-no-decimals = Sem decimais: { $typed } são { $amount }.

confirm-title = Está certo?
confirm-say = A caixa está a verificar o valor.
confirm-do = Valor elevado.

preparing-title = Um momento
preparing-say = O seu código está a chegar.
preparing-do = A pedir o link.
preparing-panel-do = O código espera pelo ecrã.

scan-title = Ler
scan-say = Leia com a câmara
scan-do = O cliente já pode ler o código.
scan-left = Faltam { $time }
scan-declined = Recusado – tente de novo
scan-declined-do = Recusado. O código ainda vale.
scan-too-long-title = Aqui não há código
scan-too-long-do = Veja o outro ecrã.
scan-too-long-say = O código não cabe neste ecrã. Pergunte na caixa.

processing-title = Em curso
processing-say = O seu banco está a tratar. Aguarde.
processing-do = Ainda não pago. Aguarde.

closing-title = A verificar
closing-say = Não pague mais, por favor. Estamos a verificar.
closing-cancelled-do = A anular. Chegou dinheiro?
closing-expired-do = Tempo esgotado. Chegou dinheiro?
closing-paid-do = A fechar o link.
closing-nolink-do = Não há link. A fechar.

paid-title = Pago
paid-say = Obrigado!
paid-do = Ref. { $tail }

short-title = Pagamento incompleto
short-say = Pergunte na caixa pelo que falta.
short-do = Peça o que falta.
over-title = Pago a mais
over-say = Pergunte na caixa pela diferença.
over-do = Devolva a diferença.
row-due = A pagar
row-received = Recebido
row-missing = Falta
row-extra = A mais

late-title = Pago tarde
late-say = O seu pagamento chegou tarde. Pergunte na caixa.
late-do = Da venda das { $time }.

duplicate-title = Pago duas vezes
duplicate-say = Peça a devolução na caixa.
duplicate-do = Devolva um dos dois.
row-sale = Venda
row-again = De novo

expired-title = Tempo esgotado
expired-say = Não chegou pagamento. Pergunte na caixa.
expired-do = Nada pago. Digite de novo.

failed-title = Pagamento falhou
failed-say = Não chegou pagamento. Pergunte na caixa.
failed-do = Nada pago. Digite de novo.

nocode-title = Não há código
nocode-say = Nada foi pago. Pergunte na caixa.
nocode-do = Ninguém pagou. Digite de novo.

cancelled-title = Anulado
cancelled-say = Não chegou pagamento.
cancelled-do = Nada pago.

unknown-title = Ainda não se sabe
unknown-say = Não pague outra vez. A caixa está a verificar.
unknown-do = Nem pago nem por pagar. Em espera.
progress-title = Ainda em curso
progress-say = Não pague outra vez. O banco está a tratar.
progress-do = Está no banco. Ainda não pago.

unavailable-title = Código indisponível
unavailable-say = Pergunte na caixa como pagar.
unavailable-shown-say = Já pagou? Aguarde. Senão, pergunte na caixa.
unavailable-shown-do = Pago? Aguarde.
unavailable-short = Agora sem código
unavailable-broker = Sem ligação à rede.
unavailable-relay = O relé não responde.
unavailable-provider = Sistema de pagamento sem resposta.
unavailable-name = Outro aparelho tem este nome.
unavailable-journal = Não se pode gravar.
unavailable-paused = Em pausa pelo operador.

ask-title = Este pagamento é seu?
ask-say = Diga na caixa, por favor.
ask-short = É desta venda?
ask-do = Chegou pelo link do balcão.

pin-title = PIN
pin-refund = Para devolver
pin-settle = Para fechar à mão
pin-wrong = PIN errado. Tente de novo.

refund-title = Devolução
refund-of = de { $paid } pagos
refund-left = restam { $left } de { $paid }
refund-say = A sua devolução está a ser preparada.
refund-do = Quanto devolver?
refunding-title = A devolver
refunding-say = A devolução está em curso. Um momento.
refunding-do = A perguntar ao sistema.
refunded-title = Devolvido
refunded-say = O dinheiro vai voltar à sua conta.
refunded-do = A devolução está feita.
returning-title = Devolução em curso
returning-say = O banco está a tratar da devolução.
returning-do = Aceite. O banco está a tratar.
unrefunded-title = Não devolvido
byhand-title = Devolver à mão
byhand-say = Devolva em { $system } e prima Enter.
refunddoubt-title = Devolução incerta
refunddoubt-say = Falta a resposta. A caixa está a verificar.
refunddoubt-do = Falta a resposta. Não repita.

list-title = Últimos pagamentos
list-none = Ainda não há pagamentos.
payment-at = Às { $time }
payment-at-ref = Às { $time }, ref. { $tail }
payment-partly = Devolvido em parte
payment-bounced = Devolução falhou
payment-again = O cliente não recebeu { $amount }. Devolva de novo.
row-back = Devolvido
row-kept = Fica
result-open = Aberto
result-paid = Pago
result-short = Incompleto
result-late = Tarde
result-over = A mais
result-failed = Falhou
result-expired = Expirado
result-cancelled = Anulado
result-unknown = Incerto
result-counter = Balcão
result-again = Repetido
result-foreign = Outra venda
result-back = Devolvido
result-partly = Em parte
result-bounced = Rejeitado

pairing-title = Instalação
pairing-waiting = Dê este código ao operador: qrtill fleet pair
pairing-nobroker = Sem broker. Verifique a rede.
pairing-byhand = Leve o pedido ao operador: qrtill pair
pairing-foreign = Veio uma resposta errada. Dê o código de novo.
pairing-refused = A resposta não serve. Pergunte ao operador.

money-settings = As definições de pagamento foram alteradas à distância. Se ninguém o avisou, pergunte primeiro ao dono.
paused-title = Fechado por agora
paused-say = Esta caixa não aceita pagamentos agora.
paused-do = Em pausa pelo operador.

strip-late = Tarde: { $amount } das { $time }
strip-duplicate = Repetido: { $amount } das { $time }
strip-foreign = Outra venda: { $amount } às { $time }
strip-counter = Balcão: { $amount } às { $time }
strip-rest = O resto: { $amount } das { $time }
strip-unpaid = Por pagar: { $amount } das { $time }
strip-refunded = Devolvido: { $amount } das { $time }
strip-not-refunded = Não devolvido: { $amount } das { $time }
strip-bounced = Rejeitado: { $amount } das { $time }

missing-panel = Falta o ecrã do cliente
missing-cashier = Falta o ecrã da caixa
missing-keypad = Falta o teclado

key-enter = Enter
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = OK
hint-enter-yes = Sim
hint-enter-pin = OK
hint-enter-done = Pronto
hint-enter-pick = Escolher
hint-enter-refund = Devolver
hint-enter-by-hand = Já está
hint-back-digit = Corrigir
hint-back-up = Subir
hint-clear-all = Apagar
hint-cancel-sale = Anular
hint-cancel-no = Não
hint-cancel-leave = Sair
hint-plus-repeat = Repetir
hint-plus-down = Descer
hint-plus-refund = Devolver
hint-clear-settle = À mão
hint-list-last = Lista
hint-digits-new = Nova
hint-digits-part = Uma parte
