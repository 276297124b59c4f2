# Lo que dicen las pantallas, en español. Title: lo primero que se lee. Say: una frase para el cliente.
# Do: una frase para la caja. Importes y horas llegan ya escritos.

starting-title = Iniciando
starting-say = Un momento, por favor.
starting-do = Preparando.

idle-title = ¡Hola!
idle-say = ¡Bienvenidos!
idle-do = Teclee un importe.
standing-how = Escanee y pague con su móvil.
standing-do = Enlace a la vista. Teclee un importe.
standing-closed = Este código está cerrado. Pague en caja.
standing-closed-do = Enlace fijo cerrado. Teclee un importe.

entering-title = Importe
entering-say = Estamos tecleando su importe.
entering-do = Intro muestra el código.
entry-zero = Teclee primero un importe.
entry-over = Como máximo { $limit }.
entry-under = Como mínimo { $limit }.
entry-decimals = { $most ->
    [one] Una coma y un decimal como máximo.
   *[other] Una coma y { $most } decimales como máximo.
}
entry-no-decimals = Sin decimales: { $typed } son { $amount }.

confirm-title = ¿Es correcto?
confirm-say = En caja se comprueba el importe.
confirm-do = Importe elevado.

preparing-title = Un momento
preparing-say = Su código está en camino.
preparing-do = Pidiendo el enlace.
preparing-panel-do = El código espera la pantalla.

scan-title = Escanear
scan-say = Escanee con la cámara
scan-do = El cliente ya puede escanear.
scan-left = Quedan { $time }
scan-declined = Rechazado: otra vez
scan-declined-do = Rechazado. El código sigue activo.
scan-too-long-title = Aquí no hay código
scan-too-long-do = Mire la otra pantalla.
scan-too-long-say = El código no cabe en esta pantalla. Pregunte en caja.

processing-title = En curso
processing-say = Su banco lo tramita. Espere, por favor.
processing-do = Aún no pagado. Espere.

closing-title = Comprobando
closing-say = No pague ya, por favor. Lo comprobamos.
closing-cancelled-do = Anulando. ¿Llegó dinero?
closing-expired-do = Se acabó el tiempo. ¿Llegó dinero?
closing-paid-do = Cerrando el enlace.
closing-nolink-do = No hay enlace. Cerrando.

paid-title = Pagado
paid-say = ¡Gracias!
paid-do = Ref. { $tail }

short-title = Pago incompleto
short-say = Pregunte en caja por lo que falta.
short-do = Pida lo que falta.
over-title = Pagado de más
over-say = Pregunte en caja por la diferencia.
over-do = Devuelva la diferencia.
row-due = A pagar
row-received = Recibido
row-missing = Falta
row-extra = De más

late-title = Pagado tarde
late-say = Su pago llegó tarde. Pregunte en caja.
late-do = De la venta de las { $time }.

duplicate-title = Pagado dos veces
duplicate-say = Pida la devolución en caja.
duplicate-do = Devuelva uno de los dos.
row-sale = Venta
row-again = Otra vez

expired-title = Tiempo agotado
expired-say = No llegó ningún pago. Pregunte en caja.
expired-do = Nada pagado. Teclee otra vez.

failed-title = Pago fallido
failed-say = No llegó ningún pago. Pregunte en caja.
failed-do = Nada pagado. Teclee otra vez.

nocode-title = No hay código
nocode-say = No se ha pagado nada. Pregunte en caja.
nocode-do = Nadie ha pagado. Teclee otra vez.

cancelled-title = Anulado
cancelled-say = No llegó ningún pago.
cancelled-do = Nada pagado.

unknown-title = Aún no se sabe
unknown-say = No pague otra vez. En caja lo comprueban.
unknown-do = Ni pagado ni impagado. En espera.
progress-title = Sigue en curso
progress-say = No pague otra vez. El banco lo tramita.
progress-do = Lo tiene el banco. Aún no pagado.

unavailable-title = Ahora no hay pago con código
unavailable-say = Pregunte en caja cómo pagar.
unavailable-shown-say = ¿Ya ha pagado? Espere. Si no, pregunte en caja.
unavailable-shown-do = ¿Pagado? Espere.
unavailable-short = Ahora sin código
unavailable-broker = Sin conexión a la red.
unavailable-relay = El relé no responde.
unavailable-provider = Sistema de pago sin respuesta.
unavailable-name = Otro aparato tiene este nombre.
unavailable-journal = No se puede escribir en disco.
unavailable-paused = En pausa por el operador.

ask-title = ¿Es suyo este pago?
ask-say = Dígalo en caja, por favor.
ask-short = ¿Es de esta venta?
ask-do = Llegó por el enlace fijo.

pin-title = PIN
pin-refund = Para devolver
pin-settle = Para cerrar a mano
pin-wrong = PIN erróneo. Otra vez.

refund-title = Devolución
refund-of = de { $paid } pagados
refund-left = quedan { $left } de { $paid }
refund-say = Preparamos su devolución.
refund-do = ¿Cuánto se devuelve?
refunding-title = Devolviendo
refunding-say = Su devolución está en marcha. Un momento.
refunding-do = Preguntando al sistema.
refunded-title = Devuelto
refunded-say = El dinero va de vuelta a su cuenta.
refunded-do = La devolución está hecha.
returning-title = Devolución en curso
returning-say = El banco tramita su devolución.
returning-do = Aceptada. El banco la tramita.
unrefunded-title = No devuelto
byhand-title = Devolver a mano
byhand-say = Devuélvalo en { $system } y pulse Intro.
refunddoubt-title = Devolución incierta
refunddoubt-say = Falta la respuesta. En caja lo comprueban.
refunddoubt-do = Falta la respuesta. No repita.

list-title = Últimos pagos
list-none = Aún no hay pagos.
payment-at = A las { $time }
payment-at-ref = A las { $time }, ref. { $tail }
payment-partly = Devuelto en parte
payment-bounced = Devolución fallida
payment-again = El cliente no ha recibido { $amount }. Devuelva otra vez.
row-back = Devuelto
row-kept = Queda
result-open = Abierto
result-paid = Pagado
result-short = Incompleto
result-late = Tarde
result-over = De más
result-failed = Fallido
result-expired = Caducado
result-cancelled = Anulado
result-unknown = No se sabe
result-counter = Mostrador
result-again = Repetido
result-foreign = Otra venta
result-back = Devuelto
result-partly = En parte
result-bounced = Rebotado

pairing-title = Instalación
pairing-waiting = Dé este código al operador: qrtill fleet pair
pairing-nobroker = Sin broker. Revise la red.
pairing-byhand = Lleve la solicitud al operador: qrtill pair
pairing-foreign = Llegó una respuesta errónea. Dé otra vez el código.
pairing-refused = La respuesta no encaja. Pregunte al operador.

money-settings = Los ajustes de pago se han cambiado a distancia. Si nadie le avisó, pregunte antes al dueño.
paused-title = Cerrado por ahora
paused-say = Esta caja no cobra en este momento.
paused-do = En pausa por el operador.

strip-late = Tarde: { $amount } de las { $time }
strip-duplicate = Repetido: { $amount } de las { $time }
strip-foreign = Otra venta: { $amount } a las { $time }
strip-counter = Mostrador: { $amount } a las { $time }
strip-rest = El resto: { $amount } de las { $time }
strip-unpaid = Sin pagar: { $amount } de las { $time }
strip-refunded = Devuelto: { $amount } de las { $time }
strip-not-refunded = No devuelto: { $amount } de las { $time }
strip-bounced = Rebotado: { $amount } de las { $time }

missing-panel = Falta la pantalla cliente
missing-cashier = Falta la pantalla de caja
missing-keypad = Falta el teclado

key-enter = Intro
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = OK
hint-enter-yes = Sí
hint-enter-pin = OK
hint-enter-done = Listo
hint-enter-pick = Elegir
hint-enter-refund = Devolver
hint-enter-by-hand = Ya está
hint-back-digit = Corregir
hint-back-up = Subir
hint-clear-all = Borrar
hint-cancel-sale = Anular
hint-cancel-no = No
hint-cancel-leave = Salir
hint-plus-repeat = Repetir
hint-plus-down = Bajar
hint-plus-refund = Devolver
hint-clear-settle = A mano
hint-list-last = Lista
hint-digits-new = Nueva
hint-digits-part = Una parte
